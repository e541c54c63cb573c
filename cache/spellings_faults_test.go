package cache_test

import (
	"encoding/json"
	"fmt"

	"wicketkey.internal/mock"
)

// changeFault has AWS fail for the readers of a secret, or of a stage of it, or for none.
func (m *spellings) changeFault(i int) {
	all := []mock.Fault{{}, {}, {}, {}, {}, throttled, broken, unreachable, unreachable, denied, kmsDenied, notFound, deleted, keyDisabled, {}}
	n, stage := m.rand.IntN(len(all)), []string{"", "", "AWSCURRENT", "AWSPREVIOUS"}[m.rand.IntN(4)]
	m.guard.Lock()
	defer m.guard.Unlock()
	m.crossed[i] = crossing{}
	if n == len(all)-1 {
		m.crossed[i] = crossing{stage, m.answers[(i+1)%spelledSecrets]}
	}
	f := all[n]
	f.Stage = stage
	m.strike(fmt.Sprint("s", i), f)
}

type request struct{ SecretId, VersionStage, VersionId string }

// A crossing is the answer about another secret, if there is one, that a peer gives to
// who reads a stage, or any if it is empty: no AWS would, and so neither does the mock.
type crossing struct{ stage, answer string }

// pass keeps the answers, and the version ids in them, and crosses them.
func (m *spellings) pass(question string, ask func() string) string {
	answer := ask()
	var in request
	json.Unmarshal([]byte(question), &in)
	if in.VersionStage == "" && in.VersionId == "" {
		in.VersionStage = "AWSCURRENT"
	}
	var out struct{ VersionId, SecretString string }
	json.Unmarshal([]byte(answer), &out)
	m.guard.Lock()
	defer m.guard.Unlock()
	i := m.which(in.SecretId)
	if c := m.crossed[i]; c.answer != "" && (c.stage == "" || c.stage == in.VersionStage) {
		return c.answer
	}
	if out.SecretString != "" {
		m.answers[i], m.versions[i] = answer, append(m.versions[i], out.VersionId)
		m.versions[i] = m.versions[i][max(0, len(m.versions[i])-3):]
	}
	return answer
}
