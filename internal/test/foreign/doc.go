// Package foreign runs docs/languages: clients that others wrote, in other languages, against the mock. It is a module
// of its own because the binary that it builds and the packages that it installs are none of the test cache's business:
// run it with -count=1. What is not on the machine is skipped with a word. Of the npm registry it installs the SDK for
// JavaScript and powertools where WICKETKEY_NPM=1 says that it may.
package foreign
