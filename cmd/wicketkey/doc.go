// Wicketkey is what an operator types: it fetches a gateway's configuration
// from AWS Secrets Manager, says what is wrong where that fails, and hands it to
// a gateway without a file on disk.
//
//	wicketkey check -name keeperRotationGatewayConfig
//	wicketkey get -name keeperRotationGatewayConfig -decode -out gateway.json
//	wicketkey exec -name keeperRotationGatewayConfig -- gateway start --service --config-file {}
//	wicketkey policy -name keeperRotationGatewayConfig
//	wicketkey put -name keeperRotationGatewayConfig -file config.b64
//	wicketkey mock -seed 1
//
// # Guarantees
//
// Results go to standard output and everything else to standard error. The exit
// status tells causes apart; "wicketkey help codes" lists them, and they do not
// change. No byte of a secret is printed except by get, and there only into a
// pipe or file, or on -reveal.
//
// # Limits
//
// What a command hands over is out of its reach: the child's memory, the
// environment under -as env:NAME, a file under -out, and the SDK's copy of what
// put stores cannot be wiped.
package main
