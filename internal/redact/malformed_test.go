package redact_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"wicketkey.internal/internal/redact"
)

// What cannot be understood brings no value and is not quoted.
func TestMalformed(t *testing.T) {
	for name, tt := range map[string]struct{ operation, body string }{
		"nothing":            {single, ``},
		"a page":             {single, `<html>MARKER</html>`},
		"an array":           {single, `["MARKER"]`},
		"a string":           {single, `"MARKER"`},
		"cut":                {single, `{"SecretString":"MARKER`},
		"cut after":          {single, `{"SecretString":"MARKER"`},
		"more after":         {single, `{"SecretString":"MARKER"}{}`},
		"no value":           {single, `{"Name":"MARKER"}`},
		"null value":         {single, `{"SecretString":null,"N":"MARKER"}`},
		"two values":         {single, `{"SecretString":"MARKER","SecretBinary":"TUFSS0VS"}`},
		"two texts":          {single, `{"SecretString":"MARKER","SecretString":"MARKER"}`},
		"duplicate, escaped": {single, `{"SecretString":"MARKER","\u0053ecretString":"MARKER"}`},
		"value no string":    {single, `{"SecretString":{"MARKER":1}}`},
		"value a number":     {single, `{"SecretString":1}`},
		"value an array":     {single, `{"SecretString":["MARKER"]}`},
		"binary no string":   {single, `{"SecretBinary":["TUFSS0VS"]}`},
		"another's name":     {single, `{"secretString":"MARKER","Value":"MARKER"}`},
		"name no string":     {single, `{"Name":["MARKER"],"SecretString":"x"}`},
		"name too long":      {single, `{"Name":"` + strings.Repeat("MARKER", 1000) + `","SecretString":"x"}`},
		"name twice":         {single, `{"Name":"a","Name":"MARKER","SecretString":"x"}`},
		"label no string":    {single, `{"VersionStages":[{"MARKER":1}],"SecretString":"x"}`},
		"labels no array":    {single, `{"VersionStages":"MARKER","SecretString":"x"}`},
		"too many labels":    {single, `{"VersionStages":["MARKER"` + strings.Repeat(`,"MARKER"`, 100) + `],"SecretString":"x"}`},
		"date no date":       {single, `{"CreatedDate":"MARKERMARKERMARKERMARKERMARKERMARKERMARKER","SecretString":"x"}`},
		"failures no array":  {batch, `{"Errors":{"MARKER":1}}`},
		"failure no object":  {batch, `{"Errors":["MARKER"]}`},
		"nothing of a batch": {batch, `{"MARKER":1}`},
		"bad base64":         {single, `{"SecretBinary":"MARKER!"}`},
		"base64 with break":  {single, "{\"SecretBinary\":\"TUFS\x0aS0VS\"}"},
		"half a surrogate":   {single, `{"SecretString":"MARKER\ud83d"}`},
		"no UTF-8":           {single, "{\"SecretString\":\"MARKER\xff\"}"},
		"raw control":        {single, "{\"SecretString\":\"MARKER\x01\"}"},
		"batch for one":      {single, `{"SecretValues":[{"SecretString":"MARKER"}]}`},
		"no batch":           {single, `{"SecretValues":[]}`},
		"one for a batch":    {batch, `{"SecretString":"MARKER"}`},
		"entries no array":   {batch, `{"SecretValues":{"SecretString":"MARKER"}}`},
		"entry no object":    {batch, `{"SecretValues":["MARKER"]}`},
		"cut batch":          {batch, `{"SecretValues":[{"SecretString":"MARKER"},{"SecretString":"MAR`},
	} {
		t.Run(name, func(t *testing.T) {
			_, values, err := ask(t, tt.operation, text(http.StatusOK, tt.body))
			if !errors.Is(err, redact.ErrMalformed) || len(values) > 0 {
				t.Fatalf("got %d values, %v", len(values), err)
			}
			if strings.Contains(err.Error(), "MARKER") {
				t.Errorf("the error quotes the answer: %v", err)
			}
		})
	}
}
