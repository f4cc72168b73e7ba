# The command line. No full stop after a single sentence; the cure stands behind the dash.
cli-failed = It failed: { $why }
cli-written = Written: { $path }
cli-vkey-malformed = This is no verifier key: { $why }
cli-vkey-why = { $reason ->
    [shape] a verifier key is written name+id+base64
    [name] the key's name is not allowed: { $why }
    [id] the key id is not eight lower-case hex digits
    [base64] the key is not canonical base64
    [algorithm] the key is not an Ed25519 key
    [point] the key is not a usable Ed25519 point
   *[mismatch] the key id does not belong to this name and key
  }
cli-name-why = { $reason ->
    [empty] the name is empty
    [too_long] the name is too long
    [forbidden] the name holds a space, a plus sign or a control character
    [host] the host is not a lower-case domain name
   *[quarter] the quarter is not written like 2026q4
  }
cli-note-why = { $reason ->
    [too_large] the note is too large
    [control] the note holds a control character
    [text] the note's text does not end with a newline
    [no_signatures] the note has no signatures after a blank line
    [line] the note's signature line { $value } is malformed
    [wrong] the note's signature by { $value } is wrong
   *[not_signed] the note is not signed by a known key
  }
cli-checkpoint-line = line { $line } of the checkpoint is not as tlog-checkpoint says
cli-checkpoint-origin = the checkpoint is of the log { $origin }
cli-issue-refused = The registry refused: { $why }
cli-passphrase-how = No passphrase: name its file with --key-passphrase-file (NGUONGOC_KEY_PASSPHRASE_FILE), hand it over as the systemd credential `passphrase`, or run this at a terminal
cli-passphrase-new = New passphrase for the keys of this server (shown as you type):{" "}
cli-passphrase-open = Passphrase of this server's keys (shown as you type):{" "}
cli-passphrase-root = Passphrase of the root (shown as you type):{" "}
cli-passphrase-again = The same again:{" "}
cli-passphrase-empty = An empty passphrase protects nothing
cli-passphrase-differs = The two passphrases differ; nothing was made
cli-keys-none = This registry has no keys yet: run `nguongoc keys init`
cli-keys-begun = This registry has keys already: `nguongoc keys list` shows them, `nguongoc keys rotate` makes the next one
cli-keys-no-such = No key has this name or id: { $key }
cli-keys-ambiguous = Several keys are named { $key }: give the id instead, as `nguongoc keys list` shows it
cli-keys-is-root = A root is not declared compromised by its own registry: sign a list that names a new root with the old one, or publish a new root by other means
cli-keys-compromised-already = The key is compromised already: { $key }
cli-keys-next-made = The next key is made already: { $key }
cli-keys-host = Codes cannot be signed for this host; set --code-host to a lower-case domain name: { $host }
cli-keys-made = made: { $key }
cli-keys-rotated = It signs from { $from } until { $until }, once a list that names it is published
cli-keys-compromised = compromised from now on: { $key }
cli-keys-rotate-next = Make a key in its place with `{ $command }`
cli-keys-rotated-log = It signs the log from now on, once a list that names it is published: beside the key before it, until that is retired (`nguongoc keys retire`). Copy its file to every node
cli-keys-retired = retired from now on: { $key }
cli-keys-not-of-log = Only an active key of the log is retired by hand: a key of codes ends with its term, a root by a list that names a new one: { $key }
cli-keys-alone = No other key of the log is published yet: make one (`nguongoc keys rotate --log`) and publish the list that names it, before { $key } is retired
cli-root-written = The root is sealed in { $path }: take it away from this machine, with a copy in a second place
cli-root-kept = WARNING: the root lies on this server, in { $path }: for demonstrations and trials only
cli-root-pin = The line on standard output is the root's verifier key: publish it where people look for it
cli-root-fingerprint = Its fingerprint, to be published with it: { $fingerprint }
cli-list-published = Key list { $sequence } is published
cli-list-to-sign = Next: `nguongoc keys export-list`, sign it where the root lies with `nguongoc keys sign-list`, then `nguongoc keys import-list`
cli-list-not-anchored = The key list is not signed by a root that is trusted here
cli-list-tampered = The key list was changed after it was signed: the signature does not fit
cli-list-older = This key list is not newer than the one in force: { $given } after { $seen }
cli-list-malformed = This is no key list: { $why }
cli-list-why = { $reason ->
    [line] line { $line } of the key list is malformed
    [host] the key list does not begin with its host: { $value }
    [key] the key in line { $line } of the key list: { $value }
    [misplaced] the key { $value } does not belong to its line: wrong host or role
    [same_id] two keys of the list have the id { $value }
    [term] the term of the key { $value } ends before it begins
    [dates] the key list's number or dates cannot be right
    [too_many] the key list names too many keys
    [forked] two different key lists have the number { $value }
   *[other_host] the key list is of another host: { $value }
  }
cli-list-forgets = This key list does not say that { $key } is compromised: export and sign a new one
cli-key-file = { $path }: { $why }
cli-key-readable = Others may use { $path } (mode { $mode }): run `chmod 600` on it, and think of it as seen by them
cli-key-bare = The private key in { $path } is not sealed: bare keys are taken from systemd credentials only
cli-key-no-passphrase = { $path } is sealed and no passphrase was given: use --key-passphrase-file, the systemd credential `passphrase`, or a terminal
cli-key-wrong-passphrase = The passphrase does not open { $path }
cli-key-damaged = { $path }: { $why }
cli-seal-why = { $reason ->
    [work_factor] the work factor must lie between 1 and 30
    [too_much_work] the key is sealed with a higher work factor than allowed
    [no_key] what is sealed in it is no private key
   *[damaged] this is not a file sealed with a passphrase, or it is damaged
  }
cli-doctor-settings = settings: { $url }
cli-doctor-settings-bad = settings: { $why }
cli-doctor-live = the service is ready: { $url }
cli-doctor-not-ready = the service at { $url } is not ready (status { $status }) — its log says why
cli-doctor-not-live = no service answers at { $url }: { $why } — start `nguongoc serve`
cli-doctor-modes = files and folders are closed to others: { $path }
cli-doctor-mode = others may use { $path } (mode { $mode }) — run `chmod { $better }` on it
cli-doctor-space = free space at { $path }: { $free } MiB
cli-doctor-space-little = little free space at { $path }: { $free } MiB — make room, or move the data
cli-doctor-space-unknown = the free space cannot be told: { $why }
cli-doctor-database = database is reachable, at this program's version and writable: { $database }
cli-doctor-database-absent = no database yet: { $database } — `nguongoc serve` or `nguongoc migrate` makes it
cli-doctor-database-unreachable = database { $database } cannot be opened: { $why } — check the address, and that the server runs
cli-doctor-database-version = { $why } — run `nguongoc migrate`, or use the newer program
cli-doctor-database-unwritable = database { $database } cannot be written: { $why } — check its rights and the disk
cli-doctor-keys-unreadable = the keys cannot be read: { $why }
cli-doctor-keys-none = no keys yet: nothing can be issued — run `nguongoc keys init`
cli-doctor-key = private key is here and opens: { $key }
cli-doctor-log-key-none = no key of the log may sign: nothing is logged — `nguongoc keys rotate --log`, then export, sign and import the list
cli-doctor-key-absent = private key is not here: { $key } — copy its file into the folder `keys`, or make a new one with `nguongoc keys rotate`
cli-doctor-key-shut = private key { $key } cannot be opened — { $why }
cli-doctor-root-here = the root lies on this server: { $key } — fine for a trial; in earnest, move it away
cli-doctor-key-unlisted = { $key } is in no published list and signs nothing — `nguongoc keys export-list`, sign, import
cli-doctor-key-unsaid = the published list does not say yet that { $key } is compromised — `nguongoc keys export-list`, sign, import
cli-doctor-list = key list { $sequence } is signed, { $days } days old, valid until { $until }
cli-doctor-list-expires = key list { $sequence } ends soon: { $until } — `nguongoc keys export-list`, sign, import
cli-doctor-list-expired = key list { $sequence } has ended: { $until } — `nguongoc keys export-list`, sign, import
cli-doctor-list-none = no key list is published: nothing can be issued or checked — `nguongoc keys export-list`, sign, import
cli-doctor-list-bad = the stored key list is not believed: { $why }
cli-doctor-term = codes are signed by { $key } until { $until }
cli-doctor-term-ends = { $key } ends on { $until } and none follows — run `nguongoc keys rotate`
cli-doctor-term-none = no code key is in force: nothing can be issued — run `nguongoc keys rotate`
cli-doctor-clock = clock: { $now }
cli-doctor-clock-wrong = the clock cannot be right: { $now } — set it, and keep it by NTP
cli-rebuild-telling = Telling the journal again
cli-rebuild-same = { $events } events told again: everything that follows from them is what stands.
cli-rebuild-differs = { $events } events told again: { $rows } rows differ from what follows from them. Nothing was changed — `nguongoc rebuild` puts them right.
cli-rebuild-kept = { $events } events told again: { $rows } rows differed and were put right; the pages of { $lots } lots changed.
cli-rebuild-more = Only the first rows of each table are told.
cli-rebuild-host = The codes of this registry are of the host { $known }, and the settings say { $host }: nothing was looked at. Give --code-host { $known }.
cli-rebuild-in-use = A service works on this database: stop it, or look only, with --check.
cli-demo-embedded-only = demo uses an embedded database of its own; leave --database out and choose a folder with --data
cli-demo-cannot-listen = cannot listen on { $address }
cli-demo-loading = Entering the sample season
cli-demo-title = Nguồn Gốc with sample data. Every firm, person and product in it is fictional; its root key lies here for show only.
cli-demo-look = Look
cli-demo-sign-in = Sign in (the password of everybody is { $password })
cli-demo-officer = officer of the authority: applications, firms, coverage, recall
cli-demo-inspector = inspector: hold and release
cli-demo-administrator = administrator: people of the authority
cli-demo-manager = manager of a co-operative
cli-demo-clerk = clerk of the same co-operative; records for a household under its mandate
cli-demo-trader = a trader that receives and ships on
cli-demo-shop = a shop
cli-demo-code = A signed code
cli-demo-verify = Check it offline
cli-demo-local = The same code at this address, for a phone that can reach it
cli-demo-stop = Stop with Ctrl-C
cli-import-published = published as version { $number }: { $entries } entries
cli-import-looked = looked again at { $looked } sprays, harvests and makings since the first day in force: { $held } lots held, { $freed } lots freed
cli-import-checked = the file is in order: { $entries } entries; add --publish to publish it
cli-key-no-serials = The key of the registry's serials is not here; copy it from the server that made it: { $path }
cli-issue-run = Run { $run }: reprint or activate it by this id
cli-log-published = entries under the published checkpoint: { $count }
cli-log-signed = signed at { $time }
cli-log-waiting = entries that wait: { $count }
cli-log-stopped = this machine does not sign. { $why }
cli-log-nothing = name a checkpoint: --checkpoint FILE or --from URL
cli-log-adopted = last checkpoint seen: { $count } entries, kept in { $path }
cli-log-unbegun = this log may begin: nothing was signed when its database was saved
cli-log-refused = the checkpoint is not taken over: { $why }
cli-log-unfit = the checkpoint is not taken over. { $why }
cli-log-held = the file of this machine holds a checkpoint of { $held } entries, and this one has { $given }
cli-log-newer = the checkpoint is not taken over: this database holds it itself, so it does not show what was signed after the database was saved. Should there be more, a second history would begin here, and everybody who knows the first would call it forged. Ask for the newest one, /log/checkpoint of mirrors and of those who audit, and the witnesses, and adopt that. Only when nobody knows a newer one: the same command with --nothing-newer
cli-log-no-answer = { $url } has no checkpoint (status { $status })
cli-backup-no-database = there is no database to save: { $path } — name its folder with --data, or its address with --database
cli-backup-there = { $path } is there already; choose a folder that is not
cli-backup-unfinished = { $path } is of a backup that was not finished; remove it
cli-backup-made = { $files } files, { $megabytes } MB; the log has at least { $entries } entries
cli-backup-passphrase = The passphrase of the keys is not in it: keep it elsewhere. It holds personal data and sealed keys.
cli-backup-inside = { $path } lies in the data folder { $data }, and would be saved into itself; choose a folder elsewhere, best on another disk
cli-backup-passphrase-inside = { $path } holds the passphrase and lies in the data folder beside the keys that it opens. It was left out; move it elsewhere and name it with --key-passphrase-file.
cli-restore-no-database = the backup is damaged, nothing was touched: { $path } does not list the database
cli-restore-leftovers = files of an earlier database lie in its place, nothing was touched: { $paths } — move them away together with that database (keep them: they may hold its last writes)
cli-restore-no-backup = { $path } holds no backup: manifest.json is missing
cli-restore-format = the backup is in the form { $found }; this program reads { $known }
cli-restore-other-kind = the backup is of { $backup }, and the database is { $database } — name one of the same kind with --database
cli-restore-in-use = a service works on this database: stop it first
cli-restore-not-empty = the database is not empty: { $database } — nothing was touched. Move it away (keep it: it may hold what the backup lacks), or name an empty one with --database
cli-restore-file-differs = { $path } differs from the backup — nothing was touched. Move it away, or choose another folder with --data
cli-restore-file-damaged = the backup is damaged, nothing was touched: { $path }
cli-restore-do-not-start = The data was put back, but not that no node may sign onwards yet: do NOT start the service. Remove the database that was put back, and restore once more.
cli-restored = restored as it was at { $time }
cli-restored-migrate = the backup is from before this version of the program: run `nguongoc migrate`, then `nguongoc log show`
cli-restored-log-good = The log is whole, and as far as this machine has seen nothing was signed since: the service can start. Where other machines signed too, ask them first.
cli-restored-log-unbegun = Nothing was signed yet when this backup was made. It goes on only once it is known that nothing was signed since: ask mirrors, auditors, witnesses and other machines; when none of them knows a checkpoint, `nguongoc log adopt --nothing-newer`.
cli-restored-log-unknown = The log has { $count } entries, and this machine has not seen its last checkpoint. It signs only once it has: `nguongoc log adopt --from https://OTHER-NODE`, or `--checkpoint FILE` with the newest one of a mirror or a witness. Only if nobody has a newer one: --checkpoint with log/checkpoint of the backup, and --nothing-newer.
cli-restored-log-stopped = The log will not go on here. { $why } Codes that were issued since the backup are not known. Until then the service starts, shows what it has, takes holds and recalls, and signs nothing.
cli-log-witness = witness { $name }: cosigned { $count } entries at { $time }
cli-log-witness-new = witness { $name }: not asked yet
cli-log-witness-never = witness { $name }: never cosigned; failed { $times } times, last at { $failed }: { $why }
cli-log-witness-failed = witness { $name }: cosigned { $count } entries at { $time }; failed { $times } times since, last at { $failed }: { $why }
cli-erase-kept = { $record } keeps { $count } private values; nothing was erased. Name those to erase with --field
cli-erase-done = erased of { $record }: { $fields }. The log's commitments to them can be opened by nobody any more
cli-erase-left = It still stands in the file beside the database (-wal), since somebody was reading: it goes when the service is stopped once
cli-erase-not-kept = --field { $field }: { $record } keeps no such private value; it keeps: { $kept }. Nothing was erased
cli-log-disclosed = opened { $count } amounts; { $erased } were erased and cannot be opened
cli-audit-closed = lot { $lot }: { $count } amounts are not opened
cli-audit-opening-wrong = line { $line }: the opening of { $field } of { $of } does not fit its commitment in entry { $index }
cli-audit-opening-stray = line { $line }: no entry of the log commits to { $field } of { $of }
cli-audit-opening-line = { $path }: line { $line }
cli-audit-opening-salt = { $path }: line { $line }: salt: it must be 64 lower-case hexadecimal digits
cli-audit-opening-again = { $path }: line { $line }: the same commitment as line { $before }
cli-audit-amount = lot { $lot }: the amount of the event { $event } is none, or is counted in another unit
cli-audit-overdrawn = lot { $lot }: { $went } went out and { $came } came in (grams or pieces)
cli-audit-made = event { $event }: { $went } came out of it and { $came } went in (grams or pieces)
cli-audit-codes = lot { $lot }: its codes stand for { $coded }, and { $packed } was packed (grams or pieces)
cli-audit-twice = entry { $index }: the commitment to { $field } of { $of } stands in an entry before it already
cli-audit-pack = lot { $lot }: what is in a pack of the run { $run } is nothing, or is counted in another unit than the lot
cli-audit-bare = lot { $lot }: { $count } codes, and no event tells of the lot
cli-audit-sums-good = sums fit: { $count } openings, { $lots } lots, { $closed } of them not fully opened
cli-audit-sums-bad = sums do not fit: { $wrong } findings; { $count } openings that fit, { $lots } lots, { $closed } of them not fully opened
cli-audit-good = all of it fits: { $origin }, { $count } entries ({ $new } new), root { $root }
cli-audit-bad = it does not fit: { $why }
cli-audit-evidence = the checkpoints, and what was served, are kept as evidence in { $folder }
cli-audit-reading = entries
cli-audit-absent = { $path }: there is none
cli-audit-status = { $path }: status { $status }
cli-policy-no-quorum = there is no quorum line
cli-policy-no-log = there is no log line
cli-policy-line = line { $line }: { $reason ->
    [control] a control character
    [log_key] log: { $value }
    [log_twice] the log stands twice
    [witness_key] witness: { $value }
    [witness_twice] the witness's key stands twice
    [name_taken] the name is taken
    [needed] a group needs any, all, or a number of its members
    [undefined] { $value } is not defined above
    [two_groups] { $value } is in two groups
    [second_quorum] a second quorum line
   *[word] { $value }: write log, witness, group or quorum as tlog-policy says
  }
cli-audit-cosigned = the last witness cosigned it on { $time }
cli-audit-beyond = { $count } more entries are signed and extend it; the witnesses have not cosigned them yet
cli-audit-doubt = the key { $key } is compromised and good up to { $good } entries; entry { $index } is later: { $what }
cli-audit-doubt-log = the key { $key } of the log is compromised and good up to { $good } entries; it alone signed the checkpoint of { $count } entries
cli-audit-interrupted = the audit was broken off; with --state, the same command goes on from there
cli-audit-state-foreign = { $path }: no log of this policy signed the checkpoint of the last audit — use the policy of that log, or begin with another folder
cli-audit-state-damaged = { $path }: the state is damaged — begin with another folder
cli-audit-fault-entry = entry { $index }: { $why }
cli-audit-fault-tile = the tile { $path } is not that of the entries
cli-audit-fault-short = the file { $path } is not as long as it has to be
cli-audit-fault-root = the entries have not the root of the checkpoint of { $size } entries
cli-audit-fault-missing = there is no { $path }, and the checkpoint covers it
cli-audit-fault-rewritten = the checkpoint of { $now } entries does not extend that of { $before } entries
cli-audit-fault-shrunk = the log has shrunk: { $now } entries are signed now, { $before } were before
cli-audit-fault-forked = two histories are signed: there are two checkpoints of { $size } entries with different roots
cli-audit-fault-unsigned = the checkpoint is not signed by a log of the policy: { $why }
cli-audit-fault-quorum = the witnesses of { $of } have not cosigned it
cli-audit-fault-other-log = { $before } was audited before, this is { $now }
cli-audit-wrong-unreadable = it cannot be read: { $why }
cli-audit-wrong-spelling = it is not in canonical form (RFC 8785)
cli-audit-wrong-members = it has not the members of an entry: { $names }
cli-audit-wrong-version = it is of version { $version }
cli-audit-wrong-lacks = { $name } is missing, or is not what it has to be
cli-audit-wrong-place = { $subject }: entry { $found } of the subject stands where { $due } is due
cli-audit-wrong-before = { $subject }: the entry before is not the one that it names
cli-audit-wrong-ended-key = codes by the key { $key }, which signed no more
cli-audit-wrong-unknown-key = codes by the key { $key }, which the log does not know
cli-audit-wrong-key-of-role = codes by the key { $key }, which is a key for { $role } and signs no codes
cli-audit-wrong-key-out-of-term = codes by the key { $key } outside the term in which it signs
cli-audit-wrong-taken = the run { $run } holds serials that were issued before
cli-audit-wrong-again = the run { $run } is issued twice
cli-audit-wrong-no-run = labels of the run { $run }, which was not issued
cli-audit-wrong-foreign = labels that are not of the run { $run } of { $product }
cli-audit-wrong-active = labels of the run { $run } are activated twice
cli-audit-wrong-void = labels of the run { $run } are made void twice
cli-audit-wrong-revived = labels of the run { $run } are activated after they were made void
cli-audit-wrong-count = the run { $run }: { $told } labels are told, and the ranges hold { $found }
cli-audit-wrong-too-many = the run { $run } has { $has } labels: { $told } more are told, and { $before } were before
cli-record-signed = Good signature: { $signers }
cli-record-unanchored = No root vouches for the key list: add --root
cli-record-not = This is no record that this registry signed, or it was changed: { $why }
cli-record-other = This is signed, and is no record of a drill: its first line must be { $first }
cli-record-host = The record is of { $host }, the key list of { $known }
