package fetch_test

import _ "wicketkey.internal/internal/test/cleanenv"
