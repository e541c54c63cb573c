package cache_test

import _ "wicketkey.internal/internal/test/cleanenv"
