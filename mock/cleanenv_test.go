package mock_test

import _ "wicketkey.internal/internal/test/cleanenv"
