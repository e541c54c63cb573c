package ident_test

import (
	"errors"
	"strings"
	"testing"

	"wicketkey.internal/internal/ident"
)

const (
	gw       = "arn:aws:secretsmanager:us-east-1:123456789012:secret:gw"
	gwARN    = gw + "-AbCdEf"
	versionA = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
	versionB = "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb"
)

func TestAnswers(t *testing.T) {
	labelled := func(labels ...string) ident.Answer {
		return ident.Answer{ARN: gwARN, Name: "gw", VersionID: versionA, Stages: labels}
	}
	plain := labelled()
	for _, tt := range []struct {
		what, asked string
		got         ident.Answer
		want        bool
	}{
		{"name", "gw", plain, true},
		{"full ARN", gwARN, plain, true},
		{"partial ARN", gw, plain, true},
		{"partial ARN whose name ends like a suffix", gw + "-config", ident.Answer{ARN: gw + "-config-AbCdEf", Name: "gw-config"}, true},
		{"name that ends like a suffix", "gw-config", ident.Answer{ARN: gw + "-config-AbCdEf", Name: "gw-config"}, true},
		{"ARN without suffix in the answer", "gw", ident.Answer{ARN: gw, Name: "gw"}, true},
		{"stage", gwARN + "::AWSPREVIOUS:", labelled("other", "AWSPREVIOUS"), true},
		{"stage, labels unsaid", gwARN + "::AWSPREVIOUS:", plain, true},
		{"version", gwARN + ":::" + versionA, labelled("AWSPREVIOUS"), true},
		{"key", "gw:user", plain, true},

		{"another name", "gw", ident.Answer{ARN: gw + "2-AbCdEf", Name: "gw2"}, false},
		{"name in another case", "GW", plain, false},
		{"another suffix", gw + "-ZZZZZZ", plain, false},
		{"name for an ARN's tail", "gw-AbCdEf", plain, false},
		{"longer name by partial ARN", gw, ident.Answer{ARN: gw + "-config-AbCdEf", Name: "gw-config"}, false},
		{"another account", strings.Replace(gwARN, "1234", "4321", 1), plain, false},
		{"another account, partial", strings.Replace(gw, "1234", "4321", 1), plain, false},
		{"another region", strings.Replace(gwARN, "us-east-1", "eu-west-1", 1), plain, false},
		{"another partition", strings.Replace(gwARN, "aws", "aws-cn", 1), plain, false},
		{"ARN and name that contradict each other", "gw", ident.Answer{ARN: gw + "2-AbCdEf", Name: "gw"}, false},
		{"no ARN", "gw", ident.Answer{Name: "gw"}, false},
		{"no name", gwARN, ident.Answer{ARN: gwARN}, false},
		{"a name for an ARN", "gw", ident.Answer{ARN: "gw", Name: "gw"}, false},
		{"another version", gwARN + ":::" + versionB, plain, false},
		{"no version", gwARN + ":::" + versionB, ident.Answer{ARN: gwARN, Name: "gw"}, false},
		{"another stage", gwARN + "::AWSPREVIOUS:", labelled("AWSCURRENT"), false},
		{"another stage than the current", "gw", labelled("AWSPREVIOUS"), false},
		{"version without the stage", gwARN + "::AWSPREVIOUS:" + versionA, labelled("AWSCURRENT"), false},
	} {
		asked, err := ident.Parse(tt.asked)
		if err != nil {
			t.Fatalf("%s: %v", tt.what, err)
		}
		err = ident.Answers(asked, tt.got)
		if (err == nil) != tt.want || err != nil && !errors.Is(err, ident.ErrOtherSecret) {
			t.Errorf("%s: got %v, want an answer: %v", tt.what, err, tt.want)
		}
	}
}

// Of a replica the caller asks for its own ARN; the other one is not it.
func TestAnswersOfAReplica(t *testing.T) {
	asked, err := ident.Parse(gwARN)
	if err != nil {
		t.Fatal(err)
	}
	got := ident.Answer{ARN: strings.Replace(gwARN, "us-east-1", "eu-west-1", 1), Name: "gw"}
	if err := ident.Answers(asked, got); err == nil {
		t.Error("a replica's answer was taken for the primary's")
	}
	asked.ID = asked.ID.WithRegion("eu-west-1")
	if err := ident.Answers(asked, got); err != nil {
		t.Error(err)
	}
}

// A value that stands where an ARN or a name should is not shown.
func TestAnswersShowNoValue(t *testing.T) {
	const marker = "xyzzy plugh"
	asked, _ := ident.Parse("gw")
	for _, got := range []ident.Answer{{ARN: marker, Name: marker}, {ARN: gwARN, Name: marker}, {ARN: gwARN + marker, Name: "gw"},
		{ARN: gwARN, Name: "gw", Stages: []string{marker}}} {
		if err := ident.Answers(asked, got); err == nil || strings.Contains(err.Error(), marker) {
			t.Errorf("got %v", err)
		}
	}
}
