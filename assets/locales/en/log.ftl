# The append-only, signed log.
error-log-stopped = The signed log is stopped, so no codes can be issued, no labels activated and no hold lifted. Nothing was recorded. Holds, recalls and voids still work; please tell the administrator.
error-log-late = This is recorded and waits for the signed log; it takes effect once it is logged. Please open this page again in a few seconds.
