package benchmarks_test

import _ "wicketkey.internal/internal/test/cleanenv"
