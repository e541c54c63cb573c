package ident_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/internal/ident"
)

const (
	prefix  = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
	version = "01234567-89ab-cdef-0123-456789abcdef"
)

func name(s string) ident.ID { return ident.ID{Kind: ident.BareName, Resource: s} }

func arn(k ident.Kind, resource string) ident.ID {
	return ident.ID{Kind: k, Partition: "aws", Region: "us-east-1", Account: "123456789012", Resource: resource}
}

func TestParse(t *testing.T) {
	longest := strings.Repeat("n", 512)
	cases := []struct {
		in   string
		want ident.Ref
	}{
		{"keeperRotationGatewayConfig", ident.Ref{ID: name("keeperRotationGatewayConfig")}},
		{"gateway-config", ident.Ref{ID: name("gateway-config")}},
		{"prod/db+=.@-_main", ident.Ref{ID: name("prod/db+=.@-_main")}},
		{"rds!cluster-0a1b", ident.Ref{ID: name("rds!cluster-0a1b")}}, // owned by another service
		{longest, ident.Ref{ID: name(longest)}},
		{"arn", ident.Ref{ID: name("arn")}},
		{"eyJhbGciOi", ident.Ref{ID: name("eyJhbGciOi")}}, // too short for a configuration
		{"db:password", ident.Ref{ID: name("db"), Key: "password"}},
		{"db:first key", ident.Ref{ID: name("db"), Key: "first key"}},
		{"db:鍵", ident.Ref{ID: name("db"), Key: "鍵"}},
		{"db:::", ident.Ref{ID: name("db")}},
		{"db::AWSPREVIOUS", ident.Ref{ID: name("db"), Stage: "AWSPREVIOUS"}},
		{"db:::" + version, ident.Ref{ID: name("db"), VersionID: version}},
		{prefix + "gw-Vwt7zX", ident.Ref{ID: arn(ident.FullARN, "gw-Vwt7zX")}},
		{prefix + "gateway-config", ident.Ref{ID: arn(ident.FullARN, "gateway-config")}},
		{prefix + longest + "-Vwt7zX", ident.Ref{ID: arn(ident.FullARN, longest+"-Vwt7zX")}},
		{prefix + "gw", ident.Ref{ID: arn(ident.PartialARN, "gw")}},
		{prefix + "gw-a1b2", ident.Ref{ID: arn(ident.PartialARN, "gw-a1b2")}},
		{prefix + "gw-a1b2c3-", ident.Ref{ID: arn(ident.PartialARN, "gw-a1b2c3-")}},
		{prefix + "gw-a1b2_3", ident.Ref{ID: arn(ident.PartialARN, "gw-a1b2_3")}},
		{prefix + "-a1b2c3", ident.Ref{ID: arn(ident.PartialARN, "-a1b2c3")}},
		{prefix + "gw:::", ident.Ref{ID: arn(ident.PartialARN, "gw")}},
		{prefix + "gw-Vwt7zX:hostname", ident.Ref{ID: arn(ident.FullARN, "gw-Vwt7zX"), Key: "hostname"}},
		{prefix + "gw-Vwt7zX:hostname::", ident.Ref{ID: arn(ident.FullARN, "gw-Vwt7zX"), Key: "hostname"}},
		{prefix + "gw-Vwt7zX:k:AWSPENDING:" + version, ident.Ref{
			ID: arn(ident.FullARN, "gw-Vwt7zX"), Key: "k", Stage: "AWSPENDING", VersionID: version,
		}},
	}
	for _, c := range cases {
		got, err := ident.Parse(c.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.in, err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", c.in, diff)
		}
		if want := strings.TrimRight(c.in, ":"); got.String() != want {
			t.Errorf("Parse(%q).String() = %q, want %q", c.in, got, want)
		}
	}
}

func TestPartitions(t *testing.T) {
	for partition, region := range map[string]string{
		"aws": "mx-central-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1",
		"aws-iso": "us-iso-east-1", "aws-iso-b": "us-isob-east-1", "aws-iso-e": "eu-isoe-west-1", "aws-iso-f": "us-isof-south-1",
	} {
		id, err := ident.ParseID("arn:" + partition + ":secretsmanager:" + region + ":123456789012:secret:gw-Vwt7zX")
		if err != nil || id.Partition != partition || id.Region != region {
			t.Errorf("%s, %s: got %+v, %v", partition, region, id, err)
		}
	}
}

func TestRefused(t *testing.T) {
	// As a configuration looks when it is pasted: {"hostname":"…" in base64.
	config := "eyJob3N0bmFtZSI6ImtlZXBlcnNlY3VyaXR5LmNvbSIsImNsaWVudElkIjoi"
	cases := []struct {
		name   string
		in     string
		want   error
		offset int
	}{
		{"empty", "", ident.ErrEmpty, 0},
		{"empty, a key", ":key", ident.ErrEmpty, 0},
		{"space", " ", ident.ErrSpace, 0},
		{"space within", "my secret", ident.ErrSpace, 2},
		{"line break at the end", "gateway\n", ident.ErrSpace, 7},
		{"no-break space", "gate\u00a0way", ident.ErrSpace, 4},
		{"space in an ARN", prefix + "gw ", ident.ErrSpace, len(prefix) + 2},
		{"quotes", `"gateway"`, ident.ErrCharacter, 0},
		{"not ASCII", "gäteway", ident.ErrCharacter, 1},
		{"not UTF-8", "g\xff", ident.ErrCharacter, 1},
		{"NUL", "g\x00", ident.ErrCharacter, 1},
		{"wildcard", prefix + "gw-??????", ident.ErrCharacter, len(prefix) + 3},
		{"name too long", strings.Repeat("n", 513), ident.ErrTooLong, 512},
		{"ARN too long", prefix + strings.Repeat("n", 520), ident.ErrTooLong, len(prefix) + 512},
		{"64 KiB", strings.Repeat("n", 65536), ident.ErrTooLong, 512},
		{"JSON", `{"hostname":"h"}`, ident.ErrValue, 0},
		{"JSON, indented", " \n{\n", ident.ErrValue, 0},
		{"JSON array", `["h"]`, ident.ErrValue, 0},
		{"base64", config, ident.ErrValue, 0},
		{"base64, broken into lines", config[:40] + "\n" + config[40:], ident.ErrValue, 0},
		{"base64 of indented JSON", "ewogICJob3N0bmFtZSI6ICJrZWVwZXJzZWN1cml0eS5jb20i", ident.ErrValue, 0},
		{"another service", "arn:aws:ssm:us-east-1:123456789012:parameter/gw", ident.ErrService, 8},
		{"another service, short", "arn:aws:s3:::bucket", ident.ErrService, 8},
		{"ARN cut short", "arn:aws:secretsmanager:us-east-1:123456789012", ident.ErrSyntax, 45},
		{"only arn:", "arn:", ident.ErrSyntax, 4},
		{"upper case", "ARN" + prefix[3:] + "gw", ident.ErrSyntax, 0},
		{"partition", "arn:azure:secretsmanager:us-east-1:123456789012:secret:gw", ident.ErrSyntax, 4},
		{"partition, hyphen", "arn:aws-:secretsmanager:us-east-1:123456789012:secret:gw", ident.ErrSyntax, 4},
		{"no region", "arn:aws:secretsmanager::123456789012:secret:gw", ident.ErrSyntax, 23},
		{"availability zone", "arn:aws:secretsmanager:us-east-1a:123456789012:secret:gw", ident.ErrSyntax, 23},
		{"region", "arn:aws:secretsmanager:us-east-:123456789012:secret:gw", ident.ErrSyntax, 23},
		{"account", "arn:aws:secretsmanager:us-east-1:12345678901:secret:gw", ident.ErrSyntax, 33},
		{"account, letters", "arn:aws:secretsmanager:us-east-1:12345678901x:secret:gw", ident.ErrSyntax, 33},
		{"not a secret", "arn:aws:secretsmanager:us-east-1:123456789012:policy:gw", ident.ErrSyntax, 46},
		{"ARN without name", prefix, ident.ErrEmpty, len(prefix)},
		{"too many parts", "gw:a:b:c:d", ident.ErrSyntax, 8},
		{"key, unprintable", "gw:a\x01", ident.ErrCharacter, 4},
		{"key, not UTF-8", "gw:a\xff", ident.ErrCharacter, 4},
		{"key, spaces around", "gw: a", ident.ErrSpace, 3},
		{"key too long", "gw:" + strings.Repeat("k", 257), ident.ErrTooLong, 259},
		{"stage, space", "gw::AWS CURRENT", ident.ErrCharacter, 7},
		{"stage too long", "gw::" + strings.Repeat("s", 257), ident.ErrTooLong, 260},
		{"version too short", "gw:::v1", ident.ErrSyntax, 5},
		{"version too long", "gw:::" + strings.Repeat("v", 65), ident.ErrSyntax, 5},
		{"version, space", "gw:::" + strings.Repeat("v", 40) + " ", ident.ErrCharacter, 45},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ident.Parse(c.in)
			var e *ident.Error
			if !errors.As(err, &e) || !errors.Is(err, c.want) {
				t.Fatalf("got %+v, %v; want %v", got, err, c.want)
			}
			if got != (ident.Ref{}) {
				t.Errorf("got %+v with the error", got)
			}
			if e.Offset != c.offset {
				t.Errorf("offset %d, want %d", e.Offset, c.offset)
			}
			if e.Cause == "" || e.Remedy == "" {
				t.Errorf("cause %q, remedy %q", e.Cause, e.Remedy)
			}
		})
	}
}

func TestErrorsDoNotEcho(t *testing.T) {
	const pasted = "Xq7/GzP9 hunter2"
	for _, in := range []string{
		pasted, "{" + pasted, prefix + pasted, "arn:aws:" + pasted, "arn:" + pasted + ":secretsmanager:a:b:c:d",
		"gw: " + pasted, "gw::" + pasted, "gw:::" + pasted, "gw:a:b:c:" + pasted, strings.Repeat(pasted[:8], 100),
	} {
		_, err := ident.Parse(in)
		if err == nil {
			t.Errorf("Parse(%q) gave no error", in)
			continue
		}
		if s := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(s, "Xq7") || strings.Contains(s, "hunter") {
			t.Errorf("the error shows what was pasted: %s", s)
		}
	}
}

func TestNameAndStrippedName(t *testing.T) {
	cases := []struct {
		in, name, stripped string
		ok                 bool
	}{
		{"gateway", "gateway", "", false},
		{"gateway-Vwt7zX", "gateway-Vwt7zX", "gateway", true},
		{"gateway-config", "gateway-config", "gateway", true},
		{"gateway-config-Vwt7zX", "gateway-config-Vwt7zX", "gateway-config", true},
		{"gateway-conf_g", "gateway-conf_g", "", false},
		{"-Vwt7zX", "-Vwt7zX", "", false},
		{"Vwt7zX", "Vwt7zX", "", false},
		{prefix + "gateway-Vwt7zX", "gateway", "", false},
		{prefix + "gateway", "gateway", "", false},
	}
	for _, c := range cases {
		id := parseID(t, c.in)
		stripped, ok := id.StrippedName()
		if id.Name() != c.name || stripped != c.stripped || ok != c.ok {
			t.Errorf("%s: Name %q, StrippedName %q, %v; want %q, %q, %v", c.in, id.Name(), stripped, ok, c.name, c.stripped, c.ok)
		}
	}
}

func TestTrimSuffix(t *testing.T) {
	cases := []struct {
		arn, name, want string
		ok              bool
	}{
		{prefix + "gateway-Vwt7zX", "gateway", prefix + "gateway", true},
		{prefix + "gateway-config-Vwt7zX", "gateway-config", prefix + "gateway-config", true},
		{prefix + "gateway-config", "gateway-config", "", false}, // no suffix: the name says so
		{prefix + "gateway-Vwt7zX", "gatewa", "", false},
		{prefix + "gateway", "gateway", "", false},
		{"gateway-Vwt7zX", "gateway", "", false},
		{"", "", "", false},
	}
	for _, c := range cases {
		if got, ok := ident.TrimSuffix(c.arn, c.name); got != c.want || ok != c.ok {
			t.Errorf("TrimSuffix(%q, %q) = %q, %v; want %q, %v", c.arn, c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestWithRegion(t *testing.T) {
	cases := []struct{ in, region, want string }{
		{prefix + "gw-Vwt7zX", "eu-west-1", strings.Replace(prefix, "us-east-1", "eu-west-1", 1) + "gw-Vwt7zX"},
		{prefix + "gw-Vwt7zX", "nowhere", prefix + "gw-Vwt7zX"},
		{prefix + "gw-Vwt7zX", "", prefix + "gw-Vwt7zX"},
		{"us-east-1", "eu-west-1", "us-east-1"},
	}
	for _, c := range cases {
		if got := parseID(t, c.in).WithRegion(c.region).String(); got != c.want {
			t.Errorf("%s with region %q: %s, want %s", c.in, c.region, got, c.want)
		}
	}
}

func ExampleParse() {
	ref, _ := ident.Parse("arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-Vwt7zX:hostname::")
	fmt.Println(ref.ID)
	fmt.Println(ref.ID.Region, ref.ID.Name(), ref.Key)

	_, err := ident.Parse("my gateway")
	fmt.Println(err)
	// Output:
	// arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-Vwt7zX
	// eu-west-1 gateway hostname
	// space in identifier: at byte 3: a space or line break (fix: remove it: a name has none, also not at its ends)
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"gateway-config", prefix + "gw-Vwt7zX:k:AWSCURRENT:" + version, "db:password", "gw:::", "arn:aws:s3:::bucket",
		`{"hostname":"h"}`, "ARN:", "g\xff", prefix, "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:-abcdef",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := ident.Parse(s)
		if err != nil {
			var e *ident.Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(s) || ref != (ident.Ref{}) {
				t.Fatalf("%+v, %#v", ref, err)
			}
			return
		}
		if got := ref.String(); got != strings.TrimRight(s, ":") {
			t.Errorf("String %q", got)
		}
		if again, err := ident.Parse(ref.String()); err != nil || again != ref {
			t.Errorf("again: %+v, %v; first %+v", again, err, ref)
		}
		id := ref.ID.String()
		if n := len(id); n < 1 || n > 2048 || strings.ContainsAny(id, " \t\r\n") {
			t.Errorf("%q is no SecretId", id)
		}
		if n := len(ref.VersionID); n != 0 && (n < 32 || n > 64) {
			t.Errorf("%d bytes are no VersionId", n)
		}
		if len(ref.Stage) > 256 {
			t.Errorf("%d bytes are no VersionStage", len(ref.Stage))
		}
		if name := ref.ID.Name(); name == "" || len(name) > 512 {
			t.Errorf("%q is no name", name)
		}
	})
}

func parseID(t *testing.T, s string) ident.ID {
	t.Helper()
	id, err := ident.ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
