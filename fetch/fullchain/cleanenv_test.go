package fullchain_test

import _ "wicketkey.internal/internal/test/cleanenv"
