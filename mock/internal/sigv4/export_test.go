package sigv4

// MaxKeys is the bound on what [Keys] keeps.
const MaxKeys = maxKeys

// KeptKeys returns how many signing keys are kept.
func KeptKeys(k *Keys) int {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return len(k.derived)
}
