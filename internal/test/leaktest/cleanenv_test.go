package leaktest_test

import _ "wicketkey.internal/internal/test/cleanenv"
