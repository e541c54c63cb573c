package lab_test

import _ "wicketkey.internal/internal/test/cleanenv"
