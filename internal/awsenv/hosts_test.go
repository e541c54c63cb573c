package awsenv_test

import (
	"maps"
	"testing"
)

// vars joins environments.
func vars(all ...map[string]string) map[string]string {
	joined := map[string]string{}
	for _, m := range all {
		maps.Copy(joined, m)
	}
	return joined
}

var (
	keys   = map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env-secret"}
	region = map[string]string{"AWS_REGION": "eu-west-1"}
	toSTS  = map[string]string{"AWS_ENDPOINT_URL_STS": "$URL/sts"}
	imds   = map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": "$URL"}
	noIMDS = map[string]string{"AWS_EC2_METADATA_DISABLED": "true"}
)

func env(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

const role = "arn:aws:iam::123456789012:role/"

// hosts are the environments in which Load must equal LoadDefaultConfig. Names
// that begin with "bad/" are those in which both must fail.
func hosts(t *testing.T) map[string]host {
	all := map[string]host{}
	for _, group := range []map[string]host{settingHosts(t), sourceHosts(), profileHosts(), fileHosts()} {
		maps.Copy(all, group)
	}
	return all
}

func settingHosts(t *testing.T) map[string]host {
	ca := certificate(t)
	return map[string]host{
		"environment only":           {env: vars(keys, region)},
		"default region":             {env: vars(keys, env("AWS_DEFAULT_REGION", "eu-north-1"))},
		"region beats default":       {env: vars(keys, region, env("AWS_DEFAULT_REGION", "eu-north-1"))},
		"region option":              {env: vars(keys, region), region: "sa-east-1"},
		"region of profile":          {env: keys, config: "[default]\nregion = us-west-2\n"},
		"region of environment wins": {env: vars(keys, region), config: "[default]\nregion = us-west-2\n"},
		"region in credentials file": {env: keys, config: "[default]\nregion=us-west-2\n", credentials: "[default]\nregion=us-west-1\n"},
		"no region":                  {env: keys},
		"session token and account":  {env: vars(keys, region, env("AWS_SESSION_TOKEN", "tok", "AWS_ACCOUNT_ID", "123456789012"))},
		"old key names":              {env: vars(region, env("AWS_ACCESS_KEY", "AKIAOLD", "AWS_SECRET_KEY", "old"))},
		"half a key pair":            {env: vars(region, imds, env("AWS_ACCESS_KEY_ID", "AKIA"))},

		"endpoint":                      {env: vars(keys, region, env("AWS_ENDPOINT_URL", "https://e.example"))},
		"endpoint of service":           {env: vars(keys, region, env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://sm.example"))},
		"endpoint of service beats":     {env: vars(keys, region, env("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://sm.example", "AWS_ENDPOINT_URL", "https://e.example"))},
		"endpoints ignored":             {env: vars(keys, region, env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "AWS_ENDPOINT_URL", "https://e.example", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://sm.example"))},
		"endpoints ignored by profile":  {env: vars(keys, region, env("AWS_ENDPOINT_URL", "https://e.example")), config: "[default]\nignore_configured_endpoint_urls = true\n"},
		"endpoints not ignored":         {env: vars(keys, region, env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false", "AWS_ENDPOINT_URL", "https://e.example")), config: "[default]\nignore_configured_endpoint_urls = true\n"},
		"endpoint of profile":           {env: vars(keys, region), config: "[default]\nendpoint_url = https://p.example\n"},
		"endpoint of services":          {env: vars(keys, region), config: "[default]\nservices = local\nendpoint_url=https://p.example\n[services local]\ns3 =\n  endpoint_url = https://s3.example\nsecrets_manager =\n  endpoint_url = https://sm.example # kept\n"},
		"endpoint of services, general": {env: vars(keys, region, env("AWS_ENDPOINT_URL", "https://e.example")), config: "[default]\nservices = local\n[services local]\nsecrets_manager =\n  endpoint_url = https://sm.example\n"},
		"services missing":              {env: vars(keys, region), config: "[default]\nservices = nowhere\n"},

		"fips and dual-stack":           {env: vars(keys, region, env("AWS_USE_FIPS_ENDPOINT", "true", "AWS_USE_DUALSTACK_ENDPOINT", "TRUE"))},
		"fips off over profile":         {env: vars(keys, region, env("AWS_USE_FIPS_ENDPOINT", "false")), config: "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n"},
		"fips of profile, odd":          {env: vars(keys, region), config: "[default]\nuse_fips_endpoint = yes\nuse_dualstack_endpoint = True\n"},
		"bad/fips":                      {env: vars(keys, region, env("AWS_USE_FIPS_ENDPOINT", "yes"))},
		"bad/dual-stack":                {env: vars(keys, region, env("AWS_USE_DUALSTACK_ENDPOINT", "1"))},
		"retries":                       {env: vars(keys, region, env("AWS_MAX_ATTEMPTS", "7", "AWS_RETRY_MODE", "adaptive"))},
		"retries of profile":            {env: vars(keys, region), config: "[default]\nmax_attempts = 0x5\nretry_mode = adaptive\n"},
		"retries of environment win":    {env: vars(keys, region, env("AWS_MAX_ATTEMPTS", "2", "AWS_RETRY_MODE", "standard")), config: "[default]\nmax_attempts = 5\nretry_mode = adaptive\n"},
		"bad/attempts":                  {env: vars(keys, region, env("AWS_MAX_ATTEMPTS", "many"))},
		"bad/session of SSO":            {env: vars(keys, region), config: "[default]\nsso_session = gone\n[sso-session other]\n"},
		"session of SSO beside keys":    {env: vars(keys, region), config: "[default]\nsso_session = s \n[sso-session s]\n"},
		"bad/attempts of profile":       {env: vars(keys, region), config: "[default]\nmax_attempts = many\n"},
		"bad/retry mode":                {env: vars(keys, region, env("AWS_RETRY_MODE", "legacy"))},
		"bad/retry mode of profile":     {env: vars(keys, region), config: "[default]\nretry_mode = legacy\n"},
		"defaults mode":                 {env: vars(keys, region, env("AWS_DEFAULTS_MODE", "in-region"))},
		"defaults mode of profile":      {env: vars(keys, region), config: "[default]\ndefaults_mode = standard\n"},
		"bad/defaults mode":             {env: vars(keys, region, env("AWS_DEFAULTS_MODE", "fast"))},
		"bad/defaults mode of profile":  {env: vars(keys, region), config: "[default]\ndefaults_mode = fast\n"},
		"application":                   {env: vars(keys, region, env("AWS_SDK_UA_APP_ID", "gw"))},
		"application of profile":        {env: vars(keys, region), config: "[default]\nsdk_ua_app_id = gw\n"},
		"skew":                          {env: vars(keys, region, env("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true"))},
		"skew of profile":               {env: vars(keys, region), config: "[default]\ndisable_clock_skew_correction = true\n"},
		"bad/skew of profile":           {env: vars(keys, region), config: "[default]\ndisable_clock_skew_correction = True\n"},
		"bad/imds mode":                 {env: vars(keys, region, env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"))},
		"bad/imds mode of profile":      {env: vars(keys, region), config: "[default]\nec2_metadata_service_endpoint_mode = IPv5\n"},
		"bad/imds v1":                   {env: vars(keys, region, env("AWS_EC2_METADATA_V1_DISABLED", "yes"))},
		"trust":                         {env: vars(keys, region, env("AWS_CA_BUNDLE", "$DIR/ca.pem")), files: map[string]string{"ca.pem": ca}},
		"trust of profile":              {env: vars(keys, region), config: "[default]\nca_bundle = $DIR/ca.pem\n", files: map[string]string{"ca.pem": ca}},
		"trust of environment wins":     {env: vars(keys, region, env("AWS_CA_BUNDLE", "$DIR/ca.pem")), config: "[default]\nca_bundle = $DIR/absent\n", files: map[string]string{"ca.pem": ca}},
		"bad/trust absent":              {env: vars(keys, region, env("AWS_CA_BUNDLE", "$DIR/absent"))},
		"bad/trust empty":               {env: vars(keys, region, env("AWS_CA_BUNDLE", "$DIR/ca.pem")), files: map[string]string{"ca.pem": "no certificate"}},
		"bad/trust of profile":          {env: vars(keys, region), config: "[default]\nca_bundle = $DIR/absent\n"},
		"settings of an absent profile": {env: vars(keys, region), config: "[profile other]\nretry_mode = nonsense\n"},
		"settings of the explicit":      {env: region, profile: "x", config: "[default]\nmax_attempts = 9\n[profile x]\nmax_attempts = 4\naws_access_key_id = AKIAX\naws_secret_access_key = x\n"},
	}
}

func sourceHosts() map[string]host {
	token := map[string]string{"token": "jwt.with+signs/and=more&\n"}
	web := vars(toSTS, region, env("AWS_WEB_IDENTITY_TOKEN_FILE", "$DIR/token"))
	return map[string]host{
		"web identity":             {env: vars(web, env("AWS_ROLE_ARN", role+"web")), files: token},
		"web identity, named":      {env: vars(web, env("AWS_ROLE_ARN", role+"web", "AWS_ROLE_SESSION_NAME", "pod")), files: token},
		"keys beat web identity":   {env: vars(web, keys, env("AWS_ROLE_ARN", role+"web")), files: token},
		"web identity beats file":  {env: vars(web, env("AWS_ROLE_ARN", role+"web")), files: token, credentials: "[default]\naws_access_key_id=AKIAF\naws_secret_access_key=f\n"},
		"explicit beats web":       {env: vars(web, env("AWS_ROLE_ARN", role+"web")), files: token, profile: "f", credentials: "[f]\naws_access_key_id=AKIAF\naws_secret_access_key=f\n"},
		"bad/web without role":     {env: web, files: token},
		"bad/web without token":    {env: vars(web, env("AWS_ROLE_ARN", role+"web"))},
		"bad/web denied":           {env: vars(web, env("AWS_ROLE_ARN", role+"denied")), files: token},
		"bad/web without region":   {env: vars(web, noIMDS, env("AWS_REGION", "", "AWS_ENDPOINT_URL_STS", "", "AWS_ROLE_ARN", role+"web")), files: token},
		"web without region":       {env: vars(web, noIMDS, env("AWS_REGION", "", "AWS_ROLE_ARN", role+"web")), files: token},
		"web of profile":           {env: vars(toSTS, region), files: token, config: "[default]\nrole_arn = " + role + "p\nweb_identity_token_file = $DIR/token\nrole_session_name = s\n"},
		"bad/web of profile, role": {env: vars(toSTS, region), files: token, config: "[default]\nweb_identity_token_file = $DIR/token\n"},

		"container":             {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/container"))},
		"container with token":  {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"))},
		"container token file":  {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "$DIR/auth")), files: map[string]string{"auth": "Bearer file"}},
		"bad/container newline": {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "$DIR/auth")), files: map[string]string{"auth": "Bearer file\n"}},
		"bad/container no file": {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "$DIR/absent"))},
		"bad/container host":    {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/container"))},
		"bad/container no host": {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http:///container"))},
		"bad/container URL":     {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://%zz"))},
		"bad/container 404":     {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/nowhere"))},
		"container by name":     {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/container")), config: "[default]\nrole_arn=" + role + "denied\n", credentials: "[default]\naws_access_key_id=A\naws_secret_access_key=b\n[x]\n", profile: "x"},
		"keys beat container":   {env: vars(region, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/container")), credentials: "[default]\naws_access_key_id=AKIAF\naws_secret_access_key=f\n"},

		"instance":               {env: vars(region, imds)},
		"instance, by profile":   {env: region, config: "[default]\nec2_metadata_service_endpoint = $URL\nec2_metadata_v1_disabled = true\n"},
		"instance for role":      {env: vars(region, imds, toSTS), config: "[default]\nrole_arn = " + role + "i\ncredential_source = Ec2InstanceMetadata\n"},
		"instance for bare role": {env: vars(region, imds, toSTS), config: "[default]\nrole_arn = " + role + "i\n"},
		"bad/instance disabled":  {env: vars(region, imds, noIMDS)},
		"environment for role":   {env: vars(region, keys, toSTS), profile: "r", config: "[profile r]\nrole_arn = " + role + "e\ncredential_source = Environment\n"},
		"bad/environment empty":  {env: vars(region, toSTS), profile: "r", config: "[profile r]\nrole_arn = " + role + "e\ncredential_source = Environment\n"},
		"container for role":     {env: vars(region, toSTS, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "$URL/container")), config: "[default]\nrole_arn = " + role + "c\ncredential_source = EcsContainer\n"},
		"bad/container missing":  {env: vars(region, toSTS), config: "[default]\nrole_arn = " + role + "c\ncredential_source = EcsContainer\n"},
		"bad/source unknown":     {env: vars(region, toSTS), config: "[default]\nrole_arn = " + role + "c\ncredential_source = ec2instancemetadata\n"},

		"process":             {env: region, config: `[default]` + "\n" + `credential_process = echo '{"Version":1,"AccessKeyId":"AKIAP","SecretAccessKey":"p","SessionToken":"t","AccountId":"1"}'` + "\n"},
		"bad/process fails":   {env: region, config: "[default]\ncredential_process = exit 3\n"},
		"bad/process garbage": {env: region, config: "[default]\ncredential_process = echo garbage\n"},
	}
}

func profileHosts() map[string]host {
	base := "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = base\naws_session_token = basetok\n"
	return map[string]host{
		"AWS_PROFILE":                {env: vars(region, env("AWS_PROFILE", "base")), credentials: base},
		"AWS_PROFILE loses to keys":  {env: vars(region, keys, env("AWS_PROFILE", "base")), credentials: base},
		"explicit beats keys":        {env: vars(region, keys), credentials: base, profile: "base"},
		"AWS_DEFAULT_PROFILE":        {env: vars(region, env("AWS_DEFAULT_PROFILE", "base")), credentials: base},
		"AWS_DEFAULT_PROFILE absent": {env: vars(region, imds, env("AWS_DEFAULT_PROFILE", "nobody")), credentials: base},
		"bad/AWS_PROFILE absent":     {env: vars(region, keys, env("AWS_PROFILE", "nobody")), credentials: base},
		"bad/explicit absent":        {env: vars(region, keys), profile: "nobody"},

		"role":                       {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\n"},
		"role with all":              {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\nexternal_id = a&b<c>\nrole_session_name = sess\nduration_seconds = 3600\n"},
		"role, short":                {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\nduration_seconds = 930\n"},
		"role, 16 minutes":           {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\nduration_seconds = 960\n"},
		"role, duration in words":    {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\nduration_seconds = long\n"},
		"role of role":               {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = mid\n[profile mid]\nrole_arn = " + role + "m\nsource_profile = base\n"},
		"role of own keys":           {env: vars(region, toSTS), config: "[default]\nrole_arn = " + role + "a\nsource_profile = default\naws_access_key_id = AKIASELF\naws_secret_access_key = self\n"},
		"role of keys with role":     {env: vars(region, toSTS), config: "[default]\nrole_arn = " + role + "a\nsource_profile = mid\n[profile mid]\nrole_arn = " + role + "m\naws_access_key_id = AKIAMID\naws_secret_access_key = mid\n"},
		"role of process":            {env: vars(region, toSTS), config: "[default]\nrole_arn = " + role + "a\nsource_profile = mid\n[profile mid]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AKIAP\",\"SecretAccessKey\":\"p\"}'\n"},
		"role of web identity":       {env: vars(region, toSTS), files: map[string]string{"token": "jwt"}, config: "[default]\nrole_arn = " + role + "a\nsource_profile = mid\n[profile mid]\nrole_arn = " + role + "m\nweb_identity_token_file = $DIR/token\n"},
		"role by services":           {env: region, credentials: base, config: "[default]\nservices = l\nrole_arn = " + role + "a\nsource_profile = base\n[services l]\nsts =\n  endpoint_url = $URL/sts\n"},
		"role, general endpoint":     {env: vars(region, toSTS, env("AWS_ENDPOINT_URL", "http://192.0.2.1")), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\n"},
		"role, profile endpoint":     {env: vars(region, toSTS), credentials: base, config: "[default]\nendpoint_url = http://192.0.2.1\nrole_arn = " + role + "a\nsource_profile = base\n"},
		"bad/role denied":            {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "denied\nsource_profile = base\n"},
		"bad/role with code":         {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/u\n"},
		"bad/role, fips":             {env: vars(region, toSTS, env("AWS_USE_FIPS_ENDPOINT", "true")), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\n"},
		"bad/source without role":    {env: vars(region, toSTS), credentials: base, config: "[default]\nsource_profile = base\n"},
		"bad/source absent":          {env: vars(region, toSTS), config: "[default]\nrole_arn = " + role + "a\nsource_profile = nobody\n"},
		"bad/source empty":           {env: vars(region, toSTS, imds), config: "[default]\nrole_arn = " + role + "a\nsource_profile = mid\n[profile mid]\nregion = us-east-1\n"},
		"bad/cycle of one":           {env: vars(region, toSTS), config: "[default]\nrole_arn = " + role + "a\nsource_profile = default\n"},
		"bad/cycle of two":           {env: vars(region, toSTS), config: "[default]\nrole_arn = " + role + "a\nsource_profile = mid\n[profile mid]\nrole_arn = " + role + "m\nsource_profile = default\n"},
		"bad/two sources":            {env: vars(region, toSTS), credentials: base, config: "[default]\nrole_arn = " + role + "a\nsource_profile = base\ncredential_process = true\n"},
		"bad/half a key pair":        {env: region, config: "[default]\naws_access_key_id = AKIA\n"},
		"bad/half in credentials":    {env: region, config: "[default]\nregion = us-east-1\n", credentials: "[default]\naws_secret_access_key = x\n"},
		"half, made whole":           {env: region, config: "[default]\naws_access_key_id = AKIA\n", credentials: "[default]\naws_access_key_id = AKIAB\naws_secret_access_key = x\n"},
		"keys in both files":         {env: region, config: "[default]\naws_access_key_id = AKIAC\naws_secret_access_key = c\naws_session_token = ct\naws_account_id = 1\n", credentials: "[default]\naws_access_key_id = AKIAB\naws_secret_access_key = x\naws_account_id = 2\n"},
		"config keys only":           {env: region, config: "[default]\naws_access_key_id = AKIAC\naws_secret_access_key = c\n", credentials: "[default]\nregion = us-east-2\nendpoint_url = https://not.merged\n"},
		"bad/login session absent":   {env: region, config: "[default]\nlogin_session = arn:aws:sts::1:assumed-role/x\n"},
		"login session beaten":       {env: region, config: "[default]\nlogin_session = arn:aws:sts::1:assumed-role/x\naws_access_key_id = AKIAC\naws_secret_access_key = c\n"},
		"explicit beats AWS_PROFILE": {env: vars(region, env("AWS_PROFILE", "nobody")), credentials: base, profile: "base"},
	}
}

func fileHosts() map[string]host {
	key := "aws_access_key_id = AKIAC\naws_secret_access_key = c\n"
	read := func(config string) host { return host{config: config} }
	return map[string]host{
		"profile default wins":      read("[default]\nregion = no\n[profile default]\nregion = yes\n" + key),
		"profile default wins, too": read("[profile default]\nregion = yes\n" + key + "[default]\nregion = no\n"),
		"bare profile ignored":      {env: vars(region, imds), config: "[work]\n" + key},
		"bad/bare profile":          {profile: "work", config: "[work]\n" + key},
		"profile in credentials":    {env: vars(region, imds), credentials: "[profile default]\n" + key},
		"comments and quotes":       read("# c\n; c\n[ default ] # c\nregion = \"us-east-1\" ; c\n" + key + "  # indented\nsdk_ua_app_id = a#b;c\t# cut\n"),
		"colon and case":            read("[profile   default]\nREGION : us-east-1\n" + key),
		"windows lines":             read("[default]\r\nregion = 'us-east-1'\r\naws_access_key_id = AKIAC\r\naws_secret_access_key = c=d:e\r\n"),
		"continued":                 read("[default]\nregion = us-east-1\nsdk_ua_app_id = a\n  b\n" + key),
		"nested block":              read("[default]\nregion = us-east-1\ns3 =\n  region = no\n  max_attempts = x\n" + key),
		"orphan nested":             read("[default]\n  region = us-east-1 # c\n" + key),
		"global values":             read("region = no\n[default]\n" + key),
		"repeated section":          read("[default]\nregion = a\n[profile x]\n[default]\nregion = us-east-1\n" + key),
		"bad/upper default":         {env: noIMDS, config: "[DEFAULT]\nregion = no\n" + key},
		"upper default, asked for":  {env: region, profile: "DEFAULT", config: "[DEFAULT]\n" + key},
	}
}
