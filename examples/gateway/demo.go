package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

const demoName = "keeperRotationGatewayConfig"

// demonstrate runs the whole job on an embedded Secrets Manager: real HTTP on
// loopback, signed requests, no account. It ends when the running gateway has
// picked up a rotation.
func demonstrate(ctx context.Context, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	log.Info("no secret named: demonstrating on an embedded mock of AWS Secrets Manager",
		"to use AWS", "--"+nameFlag+"=NAME or "+nameVariable+"=NAME")
	srv, err := mock.New(nil)
	if err != nil {
		return err
	}
	defer srv.Close()
	if err := store(srv); err != nil {
		return err
	}
	cfg := srv.AWSConfig() // whatever AWS variables the shell has, this goes to the mock
	client, err := fetch.New(ctx, &fetch.Options{AWS: &cfg, Logger: log})
	if err != nil {
		return err
	}
	defer client.Close()
	g, err := start(ctx, log, client, settings{name: demoName, source: "embedded mock at " + srv.URL(), ttl: time.Second})
	if err != nil {
		return err
	}
	defer g.Close()

	log.Info("rotating the secret in the mock; the gateway keeps running")
	if err := store(srv); err != nil {
		return err
	}
	seen := false
	watching, done := context.WithCancel(ctx)
	defer done()
	if err := g.Watch(watching, func(string) { seen = true; done() }); err != nil {
		return err
	}
	if !seen {
		return errors.New("the rotation was not picked up")
	}
	log.Info("the running gateway picked the rotation up", "GetSecretValue calls", srv.Calls("GetSecretValue"))
	return nil
}

// store puts a made-up configuration into the mock, in base64 as the gateway's
// own tool prints it.
func store(srv *mock.Server) error {
	text, err := json.Marshal(map[string]string{
		"hostname":          "keepersecurity.com",
		"clientId":          random(64),
		"privateKey":        random(138),
		"serverPublicKeyId": "10",
		"appKey":            random(32),
		"appOwnerPublicKey": random(65),
	})
	if err != nil {
		return err
	}
	_, err = srv.Put(demoName, base64.StdEncoding.AppendEncode(nil, text))
	return err
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}
