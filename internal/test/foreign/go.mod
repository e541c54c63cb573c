module wicketkey.internal/internal/test/foreign

go 1.26.0
