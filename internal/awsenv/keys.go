package awsenv

// Keys of a profile, as they are spelled in the shared files.
const (
	keyAccessKey    = "aws_access_key_id"
	keySecretKey    = "aws_secret_access_key"
	keySessionToken = "aws_session_token"
	keyAccountID    = "aws_account_id"

	keyRoleARN          = "role_arn"
	keySourceProfile    = "source_profile"
	keyCredentialSource = "credential_source"
	keyExternalID       = "external_id"
	keyMFASerial        = "mfa_serial"
	keySessionName      = "role_session_name"
	keyDuration         = "duration_seconds"
	keyProcess          = "credential_process"
	keyTokenFile        = "web_identity_token_file"
	keyLoginSession     = "login_session"

	keySSOSession  = "sso_session"
	keySSORegion   = "sso_region"
	keySSOStartURL = "sso_start_url"
	keySSOAccount  = "sso_account_id"
	keySSORole     = "sso_role_name"

	keyRegion          = "region"
	keyServices        = "services"
	keyEndpoint        = "endpoint_url"
	keyIgnoreEndpoints = "ignore_configured_endpoint_urls"
	keyFIPS            = "use_fips_endpoint"
	keyDualStack       = "use_dualstack_endpoint"
	keyCABundle        = "ca_bundle"
	keyMaxAttempts     = "max_attempts"
	keyRetryMode       = "retry_mode"
	keyDefaultsMode    = "defaults_mode"
	keyAppID           = "sdk_ua_app_id"
	keyNoSkew          = "disable_clock_skew_correction"
	keyIMDSEndpoint    = "ec2_metadata_service_endpoint"
	keyIMDSMode        = "ec2_metadata_service_endpoint_mode"
	keyIMDSv1Disabled  = "ec2_metadata_v1_disabled"
)

// credentialKeys are what the credentials file may override in a profile that
// the config file also has. The SDK leaves the others (services, endpoint_url,
// sdk_ua_app_id …) to the config file, so we do.
var credentialKeys = []string{
	keyRoleARN, keySourceProfile, keyCredentialSource, keyExternalID, keyMFASerial,
	keySessionName, keyRegion, keyProcess, keyTokenFile, keyIMDSMode, keyIMDSEndpoint,
	keyIMDSv1Disabled, keyDualStack, keyFIPS, keyDefaultsMode, keyRetryMode, keyCABundle,
	keyDuration, keyMaxAttempts, keySSOSession, keySSOAccount, keySSORegion, keySSORole,
	keySSOStartURL, keyLoginSession,
}
