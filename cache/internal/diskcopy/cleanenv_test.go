package diskcopy

import _ "wicketkey.internal/internal/test/cleanenv"
