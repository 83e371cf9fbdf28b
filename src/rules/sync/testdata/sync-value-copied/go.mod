module example.test/sync-value-copied

go 1.24
