package virtual

import (
	"fmt"
	"net/http"
	"time"
)

// MetadataAddress is where the metadata service listens on an instance,
// ContainerAddress where EKS Pod Identity does.
const (
	MetadataAddress  = "169.254.169.254:80"
	ContainerAddress = "169.254.170.23:80"
)

// ContainerPath is where a container asks for credentials, with
// ContainerToken in its Authorization header.
const (
	ContainerPath  = "/v1/credentials"
	ContainerToken = "pod-identity-token"
)

const rolePath = "/latest/meta-data/iam/security-credentials/"

// MetadataHandler plays both services, for measuring: without delay of their own. The credentials are made of an access key and valid
// for six hours.
func MetadataHandler(accessKey, secretKey string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
		fmt.Fprint(w, "token")
	})
	credentials := func(w http.ResponseWriter) {
		now := time.Now().UTC()
		fmt.Fprintf(w, `{"Code":"Success","LastUpdated":%q,"Type":"AWS-HMAC","AccessKeyId":%q,"SecretAccessKey":%q,"Token":"session","Expiration":%q}`,
			now.Format(time.RFC3339), accessKey, secretKey, now.Add(6*time.Hour).Format(time.RFC3339))
	}
	mux.HandleFunc("GET "+rolePath, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case rolePath:
			fmt.Fprint(w, "gateway")
		case rolePath + "gateway":
			credentials(w)
		default:
			http.NotFound(w, r)
		}
	})
	mux.HandleFunc("GET "+ContainerPath, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != ContainerToken {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		credentials(w)
	})
	mux.HandleFunc("GET /latest/dynamic/instance-identity/document", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"region":"us-east-1"}`)
	})
	return mux
}
