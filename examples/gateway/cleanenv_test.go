package main

import _ "wicketkey.internal/internal/test/cleanenv"
