// Package imds plays the instance metadata service for measuring: the session
// token, the role and its credentials, without delay of its own.
package imds

import (
	"fmt"
	"net/http"
	"time"
)

// Address is where the service listens on an instance.
const Address = "169.254.169.254:80"

const role = "/latest/meta-data/iam/security-credentials/"

// Handler answers with a role's credentials made of an access key, valid for
// six hours.
func Handler(accessKey, secretKey string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
		fmt.Fprint(w, "token")
	})
	mux.HandleFunc("GET "+role, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case role:
			fmt.Fprint(w, "gateway")
		case role + "gateway":
			now := time.Now().UTC()
			fmt.Fprintf(w, `{"Code":"Success","LastUpdated":%q,"Type":"AWS-HMAC","AccessKeyId":%q,"SecretAccessKey":%q,"Token":"session","Expiration":%q}`,
				now.Format(time.RFC3339), accessKey, secretKey, now.Add(6*time.Hour).Format(time.RFC3339))
		default:
			http.NotFound(w, r)
		}
	})
	mux.HandleFunc("GET /latest/dynamic/instance-identity/document", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"region":"us-east-1"}`)
	})
	return mux
}
