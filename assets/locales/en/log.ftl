# The append-only, signed log.
error-log-stopped = This cannot be done while the signed log is stopped. Nothing was recorded. Holds, recalls, suspensions and voids still work; please tell the administrator. { log-why }
error-log-late = This is recorded and waits for the signed log; it takes effect once it is logged. { $reason ->
    [none] Please open this page again in a few seconds.
   *[other] The log is stopped; please tell the administrator. { log-why }
  }
log-stopped = The signed log is stopped.
log-stopped-effect = No codes can be issued, no labels activated, no hold lifted, { $reason ->
    [no_key] and nothing shipped or sold
   *[other] nothing shipped or sold, no firm approved or reinstated, no mandate given, no certificate verified or resumed, no list published, and no roster frozen
  }. Look-ups, holds, recalls, suspensions and voids still work; what is recorded meanwhile waits and is logged later.
log-stopped-guide = Whoever runs the server sees the reason with nguongoc log show, and follows docs/operations.md, “The log”.
log-doubted = A witness of the signed log, { $name }, has seen another log than this one: { $detail }. To do: stop the service, keep everything as evidence, and follow docs/operations.md, “Witnesses”.
log-why = { $reason ->
    [no_key] Reason: the key of the log is not open on this server. To do: run nguongoc doctor, then start again with the passphrase that opens it.
    [file_missing] Reason: the log has { $count } entries, and this server has not seen its last checkpoint (a new machine, a lost data folder, or a database that was put back). To do: run nguongoc log adopt with a checkpoint from another server, a mirror or a witness.
    [file_unusable] Reason: the file with the last checkpoint cannot be used: { $detail }. To do: mend its rights or the disk; else run nguongoc log adopt.
    [shorter] Reason: { $count } entries were signed, and the database has only { $found }: it is an older backup. To do: put the newer database back.
    [different] Reason: the { $count } entries of the database are not those that were signed. To do: stop the service, keep everything as evidence, put a good database back.
    [unreadable] Reason: something of the log cannot be read: { $detail }. To do: stop the service, keep everything as evidence, put a good database back.
   *[damaged] Reason: what is stored of the log from entry { $count } on does not fit together. To do: stop the service, keep everything as evidence, put a good database back.
  }
