# Dòng lệnh. Câu đơn không có dấu chấm cuối; cách khắc phục đứng sau dấu gạch.
cli-failed = Không thực hiện được: { $why }
cli-written = Đã ghi: { $path }
cli-vkey-malformed = Đây không phải là khóa kiểm tra: { $why }
cli-vkey-why = { $reason ->
    [shape] khóa kiểm tra phải viết theo dạng tên+số hiệu+base64
    [name] tên của khóa không dùng được: { $why }
    [id] số hiệu của khóa không phải là tám chữ số thập lục phân viết thường
    [base64] khóa không ở dạng base64 chuẩn tắc
    [algorithm] khóa không phải là khóa Ed25519
    [point] khóa không phải là một điểm Ed25519 dùng được
   *[mismatch] số hiệu không phải của tên và khóa này
  }
cli-name-why = { $reason ->
    [empty] chưa có tên
    [too_long] tên quá dài
    [forbidden] tên có dấu cách, dấu cộng hoặc ký tự điều khiển
    [host] tên miền không phải là tên miền viết thường
   *[quarter] quý không được viết theo dạng 2026q4
  }
cli-note-why = { $reason ->
    [too_large] văn bản quá lớn
    [control] văn bản có ký tự điều khiển
    [text] văn bản không kết thúc bằng dấu xuống dòng
    [no_signatures] văn bản không có chữ ký nào sau một dòng trống
    [line] dòng chữ ký thứ { $value } sai dạng
    [wrong] chữ ký của { $value } không đúng
   *[not_signed] không có chữ ký của khóa nào được biết ở đây
  }
cli-checkpoint-line = dòng { $line } của điểm kiểm không đúng dạng tlog-checkpoint
cli-checkpoint-origin = điểm kiểm này là của nhật ký { $origin }
cli-issue-refused = Hệ thống từ chối: { $why }
cli-passphrase-how = Chưa có cụm mật khẩu: chỉ tệp chứa nó bằng --key-passphrase-file (NGUONGOC_KEY_PASSPHRASE_FILE), trao qua thông tin xác thực `passphrase` của systemd, hoặc chạy lệnh này trên thiết bị đầu cuối
cli-passphrase-new = Cụm mật khẩu mới cho các khóa của máy chủ này (hiện khi gõ):{" "}
cli-passphrase-open = Cụm mật khẩu của các khóa trên máy chủ này (hiện khi gõ):{" "}
cli-passphrase-root = Cụm mật khẩu của khóa gốc (hiện khi gõ):{" "}
cli-passphrase-again = Gõ lại lần nữa:{" "}
cli-passphrase-empty = Cụm mật khẩu trống không bảo vệ được gì
cli-passphrase-differs = Hai lần gõ khác nhau; chưa tạo gì
cli-keys-none = Hệ thống chưa có khóa nào: chạy `nguongoc keys init`
cli-keys-begun = Hệ thống đã có khóa: `nguongoc keys list` liệt kê, `nguongoc keys rotate` tạo khóa kế tiếp
cli-keys-no-such = Không có khóa nào mang tên hoặc số hiệu này: { $key }
cli-keys-ambiguous = Có nhiều khóa tên { $key }: hãy dùng số hiệu mà `nguongoc keys list` hiển thị
cli-keys-is-root = Hệ thống không tự tuyên bố khóa gốc bị lộ: hãy dùng khóa gốc cũ ký danh sách có khóa gốc mới, hoặc công bố khóa gốc mới bằng cách khác
cli-keys-compromised-already = Khóa đã được ghi là bị lộ: { $key }
cli-keys-next-made = Khóa kế tiếp đã được tạo: { $key }
cli-keys-host = Không thể ký mã cho tên miền này; đặt --code-host là tên miền chữ thường: { $host }
cli-keys-made = đã tạo: { $key }
cli-keys-rotated = Khóa ký từ { $from } đến { $until }, sau khi danh sách có tên nó được công bố
cli-keys-compromised = bị lộ kể từ lúc này: { $key }
cli-keys-rotate-next = Tạo khóa thay thế bằng `{ $command }`
cli-keys-rotated-log = Khóa ký nhật ký từ lúc này, sau khi danh sách có tên nó được công bố: cùng ký với khóa trước cho đến khi khóa đó được cho nghỉ (`nguongoc keys retire`). Hãy chép tệp khóa sang mọi máy
cli-keys-retired = nghỉ kể từ lúc này: { $key }
cli-keys-not-of-log = Chỉ khóa nhật ký đang dùng mới được cho nghỉ bằng lệnh: khóa ký mã tự hết hạn, khóa gốc được thay bằng danh sách có khóa gốc mới: { $key }
cli-keys-alone = Chưa có khóa nhật ký nào khác được công bố: hãy tạo khóa (`nguongoc keys rotate --log`) và công bố danh sách có tên nó, rồi mới cho { $key } nghỉ
cli-root-written = Khóa gốc được niêm phong trong { $path }: hãy mang nó khỏi máy này và giữ một bản sao ở nơi khác
cli-root-kept = CẢNH BÁO: khóa gốc nằm trên máy chủ này, trong { $path }: chỉ dùng cho trình diễn và thử nghiệm
cli-root-pin = Dòng ở đầu ra chuẩn là khóa kiểm tra của khóa gốc: hãy công bố ở nơi mọi người tìm
cli-root-fingerprint = Dấu vân tay để công bố cùng: { $fingerprint }
cli-list-published = Danh sách khóa số { $sequence } đã được công bố
cli-list-to-sign = Tiếp theo: `nguongoc keys export-list`, ký tại nơi giữ khóa gốc bằng `nguongoc keys sign-list`, rồi `nguongoc keys import-list`
cli-list-not-anchored = Danh sách khóa không có chữ ký của khóa gốc được tin cậy tại đây
cli-list-tampered = Danh sách khóa đã bị sửa sau khi ký: chữ ký không khớp
cli-list-older = Danh sách khóa này không mới hơn danh sách đang hiệu lực: số { $given } sau số { $seen }
cli-list-malformed = Đây không phải là danh sách khóa: { $why }
cli-list-why = { $reason ->
    [line] dòng { $line } của danh sách khóa sai dạng
    [host] danh sách khóa không mở đầu bằng tên miền của mình: { $value }
    [key] khóa ở dòng { $line } của danh sách: { $value }
    [misplaced] khóa { $value } đứng sai dòng: sai tên miền hoặc sai vai trò
    [same_id] hai khóa trong danh sách có cùng số hiệu { $value }
    [term] thời hạn của khóa { $value } kết thúc trước khi bắt đầu
    [dates] số hoặc ngày của danh sách khóa không thể đúng
    [too_many] danh sách nêu quá nhiều khóa
    [forked] có hai danh sách khóa khác nhau cùng mang số { $value }
   *[other_host] danh sách khóa là của tên miền khác: { $value }
  }
cli-list-forgets = Danh sách này không ghi rằng khóa { $key } bị lộ: hãy xuất và ký danh sách mới
cli-key-file = { $path }: { $why }
cli-key-readable = Người khác có thể dùng { $path } (quyền { $mode }): chạy `chmod 600` cho tệp, và coi như khóa đã bị họ nhìn thấy
cli-key-bare = Khóa riêng trong { $path } chưa được niêm phong: khóa trần chỉ được nhận từ thông tin xác thực của systemd
cli-key-no-passphrase = { $path } được niêm phong mà chưa có cụm mật khẩu: dùng --key-passphrase-file, thông tin xác thực `passphrase` của systemd, hoặc thiết bị đầu cuối
cli-key-wrong-passphrase = Cụm mật khẩu không mở được { $path }
cli-key-damaged = { $path }: { $why }
cli-seal-why = { $reason ->
    [work_factor] hệ số công phải từ 1 đến 30
    [too_much_work] khóa được niêm phong với hệ số công cao hơn mức cho phép
    [no_key] thứ được niêm phong trong đó không phải là khóa riêng
   *[damaged] đây không phải là tệp được niêm phong bằng cụm mật khẩu, hoặc tệp đã hỏng
  }
cli-doctor-settings = thiết lập: { $url }
cli-doctor-settings-bad = thiết lập: { $why }
cli-doctor-live = dịch vụ sẵn sàng: { $url }
cli-doctor-not-ready = dịch vụ tại { $url } chưa sẵn sàng (mã { $status }) — xem nhật ký của dịch vụ
cli-doctor-not-live = không có dịch vụ nào trả lời tại { $url }: { $why } — khởi động `nguongoc serve`
cli-doctor-modes = tệp và thư mục đã đóng với người khác: { $path }
cli-doctor-mode = người khác có thể dùng { $path } (quyền { $mode }) — chạy `chmod { $better }`
cli-doctor-space = dung lượng trống tại { $path }: { $free } MiB
cli-doctor-space-little = còn ít dung lượng trống tại { $path }: { $free } MiB — dọn bớt hoặc chuyển dữ liệu
cli-doctor-space-unknown = không biết được dung lượng trống: { $why }
cli-doctor-database = cơ sở dữ liệu truy cập được, đúng phiên bản và ghi được: { $database }
cli-doctor-database-absent = chưa có cơ sở dữ liệu: { $database } — `nguongoc serve` hoặc `nguongoc migrate` sẽ tạo
cli-doctor-database-unreachable = không mở được cơ sở dữ liệu { $database }: { $why } — kiểm tra địa chỉ và máy chủ
cli-doctor-database-version = { $why } — chạy `nguongoc migrate`, hoặc dùng chương trình mới hơn
cli-doctor-database-unwritable = không ghi được vào cơ sở dữ liệu { $database }: { $why } — kiểm tra quyền và ổ đĩa
cli-doctor-keys-unreadable = không đọc được các khóa: { $why }
cli-doctor-keys-none = chưa có khóa: chưa thể cấp mã — chạy `nguongoc keys init`
cli-doctor-key = khóa riêng có ở đây và mở được: { $key }
cli-doctor-log-key-none = không có khóa nào được ký nhật ký: không ghi được gì vào nhật ký — `nguongoc keys rotate --log`, rồi xuất, ký và nhập danh sách
cli-doctor-key-absent = khóa riêng không có ở đây: { $key } — chép tệp của nó vào thư mục `keys`, hoặc tạo khóa mới bằng `nguongoc keys rotate`
cli-doctor-key-shut = không mở được khóa riêng { $key } — { $why }
cli-doctor-root-here = khóa gốc nằm trên máy chủ này: { $key } — được khi thử nghiệm; khi vận hành thật hãy mang đi nơi khác
cli-doctor-key-unlisted = { $key } chưa có trong danh sách công bố nên chưa ký được — `nguongoc keys export-list`, ký, nhập lại
cli-doctor-key-unsaid = danh sách công bố chưa ghi rằng { $key } bị lộ — `nguongoc keys export-list`, ký, nhập lại
cli-doctor-list = danh sách khóa số { $sequence } đã ký, phát hành { $days } ngày trước, hiệu lực đến { $until }
cli-doctor-list-expires = danh sách khóa số { $sequence } sắp hết hạn: { $until } — `nguongoc keys export-list`, ký, nhập lại
cli-doctor-list-expired = danh sách khóa số { $sequence } đã hết hạn: { $until } — `nguongoc keys export-list`, ký, nhập lại
cli-doctor-list-none = chưa công bố danh sách khóa: chưa thể cấp hay kiểm tra mã — `nguongoc keys export-list`, ký, nhập lại
cli-doctor-list-bad = danh sách khóa đã lưu không đáng tin: { $why }
cli-doctor-term = mã được ký bằng { $key } đến { $until }
cli-doctor-term-ends = { $key } hết hạn ngày { $until } mà chưa có khóa kế tiếp — chạy `nguongoc keys rotate`
cli-doctor-term-none = không có khóa ký mã đang hiệu lực: chưa thể cấp mã — chạy `nguongoc keys rotate`
cli-doctor-clock = đồng hồ: { $now }
cli-doctor-clock-wrong = đồng hồ không thể đúng: { $now } — chỉnh lại và đồng bộ bằng NTP
cli-rebuild-telling = Đang kể lại sổ sự kiện
cli-rebuild-same = Đã kể lại { $events } sự kiện: mọi số liệu suy ra từ sổ đều đúng như đang ghi.
cli-rebuild-differs = Đã kể lại { $events } sự kiện: { $rows } dòng khác với số liệu suy ra từ sổ. Chưa thay đổi gì — chạy `nguongoc rebuild` để sửa lại.
cli-rebuild-kept = Đã kể lại { $events } sự kiện: { $rows } dòng khác và đã được sửa lại; trang của { $lots } lô đã thay đổi.
cli-rebuild-more = Chỉ nêu những dòng đầu của mỗi bảng.
cli-rebuild-host = Mã của sổ này thuộc máy chủ { $known }, còn cài đặt ghi { $host }: chưa kiểm tra gì. Hãy dùng --code-host { $known }.
cli-rebuild-in-use = Một dịch vụ đang dùng cơ sở dữ liệu này: hãy dừng dịch vụ, hoặc chỉ kiểm tra bằng --check.
cli-demo-embedded-only = demo dùng cơ sở dữ liệu nhúng riêng; hãy bỏ --database và chọn thư mục bằng --data
cli-demo-cannot-listen = không mở được cổng nghe { $address }
cli-demo-loading = Đang nhập mùa vụ mẫu
cli-demo-title = Nguồn Gốc với dữ liệu mẫu. Mọi cơ sở, người và sản phẩm đều hư cấu; khoá gốc đặt ở đây chỉ để trình diễn.
cli-demo-look = Xem
cli-demo-sign-in = Đăng nhập (mật khẩu chung là { $password })
cli-demo-officer = cán bộ cơ quan: hồ sơ đăng ký, cơ sở, mức bao phủ, thu hồi
cli-demo-inspector = thanh tra: tạm giữ và giải toả
cli-demo-administrator = quản trị: người của cơ quan
cli-demo-manager = quản lý một hợp tác xã
cli-demo-clerk = người ghi của hợp tác xã đó; ghi thay một hộ theo uỷ quyền
cli-demo-trader = một đơn vị phân phối nhận hàng rồi gửi tiếp
cli-demo-shop = một cửa hàng
cli-demo-code = Một mã đã ký
cli-demo-verify = Kiểm tra ngoại tuyến
cli-demo-local = Cùng mã đó ở địa chỉ này, cho điện thoại truy cập được
cli-demo-stop = Dừng bằng Ctrl-C
cli-import-published = đã công bố bản số { $number }: { $entries } mục
cli-import-looked = đã xét lại { $looked } lần phun, thu hoạch, chế biến từ ngày có hiệu lực: { $held } lô bị giữ, { $freed } lô được thả
cli-import-checked = tệp đúng: { $entries } mục; thêm --publish để công bố
cli-key-no-serials = Không có khóa số sê-ri của hệ thống ở đây; hãy chép từ máy chủ đã tạo ra nó: { $path }
cli-issue-run = Đợt cấp mã { $run }: in lại hoặc kích hoạt theo mã này
cli-log-published = số mục đã vào nhật ký có chữ ký: { $count }
cli-log-signed = ký lúc { $time }
cli-log-waiting = số mục đang chờ: { $count }
cli-log-stopped = máy này không ký. { $why }
cli-log-nothing = hãy nêu điểm kiểm: --checkpoint TỆP hoặc --from ĐỊA CHỈ
cli-log-adopted = điểm kiểm cuối đã thấy: { $count } mục, giữ ở { $path }
cli-log-unbegun = sổ nhật ký này có thể bắt đầu: khi cơ sở dữ liệu được sao lưu thì chưa ký gì
cli-log-refused = không nhận điểm kiểm này: { $why }
cli-log-unfit = không nhận điểm kiểm này. { $why }
cli-log-held = tệp của máy này đang giữ điểm kiểm { $held } mục, còn điểm kiểm này có { $given } mục
cli-log-newer = không nhận điểm kiểm này: chính cơ sở dữ liệu này đang giữ nó, nên nó không cho biết đã ký thêm gì sau khi cơ sở dữ liệu được sao lưu. Nếu đã ký thêm, một lịch sử thứ hai sẽ bắt đầu ở đây, và ai biết lịch sử trước sẽ coi đó là giả mạo. Hãy hỏi điểm kiểm mới nhất (/log/checkpoint) của các bản sao công khai, của người kiểm toán và của nhân chứng, rồi nhận điểm kiểm đó. Chỉ khi không ai biết điểm kiểm nào mới hơn: chạy lại lệnh này với --nothing-newer
cli-log-no-answer = { $url } không có điểm kiểm (mã { $status })
cli-backup-no-database = không có cơ sở dữ liệu để sao lưu: { $path } — chỉ thư mục bằng --data, hoặc địa chỉ bằng --database
cli-backup-there = { $path } đã có; hãy chọn thư mục chưa có
cli-backup-unfinished = { $path } là bản sao lưu dở dang; hãy xóa đi
cli-backup-made = { $files } tệp, { $megabytes } MB; sổ nhật ký có ít nhất { $entries } mục
cli-backup-passphrase = Cụm mật khẩu của khóa không nằm trong đó: hãy giữ ở nơi khác. Bản sao lưu có dữ liệu cá nhân và khóa đã niêm phong.
cli-backup-inside = { $path } nằm trong thư mục dữ liệu { $data }, sẽ tự sao lưu chính nó; hãy chọn thư mục khác, tốt nhất trên ổ đĩa khác
cli-backup-passphrase-inside = { $path } giữ cụm mật khẩu mà lại nằm trong thư mục dữ liệu, cạnh các khóa do nó mở. Tệp này không được sao lưu; hãy chuyển đi nơi khác và chỉ ra bằng --key-passphrase-file.
cli-restore-no-database = bản sao lưu bị hỏng, chưa thay đổi gì: { $path } không liệt kê cơ sở dữ liệu
cli-restore-leftovers = còn tệp của cơ sở dữ liệu trước ở đúng chỗ này, chưa thay đổi gì: { $paths } — hãy chuyển chúng đi cùng cơ sở dữ liệu đó (và giữ lại: có thể có các lần ghi cuối)
cli-restore-no-backup = { $path } không phải bản sao lưu: thiếu manifest.json
cli-restore-format = bản sao lưu có dạng { $found }; chương trình này đọc { $known }
cli-restore-other-kind = bản sao lưu là của { $backup }, cơ sở dữ liệu là { $database } — chỉ cơ sở dữ liệu cùng loại bằng --database
cli-restore-in-use = một dịch vụ đang dùng cơ sở dữ liệu này: hãy dừng dịch vụ trước
cli-restore-not-empty = cơ sở dữ liệu không trống: { $database } — chưa thay đổi gì. Hãy chuyển nó đi (và giữ lại: có thể có dữ liệu mà bản sao lưu không có), hoặc chỉ cơ sở dữ liệu trống bằng --database
cli-restore-file-differs = { $path } khác với bản sao lưu — chưa thay đổi gì. Hãy chuyển tệp đi, hoặc chọn thư mục khác bằng --data
cli-restore-file-damaged = bản sao lưu bị hỏng, chưa thay đổi gì: { $path }
cli-restore-do-not-start = Dữ liệu đã được đặt lại, nhưng chưa ghi được rằng chưa nút nào được ký tiếp: ĐỪNG khởi động dịch vụ. Hãy xoá cơ sở dữ liệu vừa đặt lại rồi phục hồi lần nữa.
cli-restored = đã phục hồi như lúc { $time }
cli-restored-migrate = bản sao lưu có trước phiên bản này của chương trình: chạy `nguongoc migrate`, rồi `nguongoc log show`
cli-restored-log-good = Sổ nhật ký nguyên vẹn, theo những gì máy này đã thấy thì từ đó chưa ký gì thêm: có thể khởi động dịch vụ. Nếu còn máy khác cũng ký, hãy hỏi các máy đó trước.
cli-restored-log-unbegun = Khi sao lưu, sổ nhật ký chưa ký gì. Sổ chỉ tiếp tục khi biết chắc từ đó chưa ký gì: hãy hỏi bản sao công khai, kiểm toán viên, nhân chứng và máy khác; nếu không ai biết điểm kiểm nào, chạy `nguongoc log adopt --nothing-newer`.
cli-restored-log-unknown = Sổ nhật ký có { $count } mục, và máy này chưa thấy điểm kiểm cuối. Máy chỉ ký khi đã thấy: `nguongoc log adopt --from https://MÁY-KHÁC`, hoặc `--checkpoint TỆP` với điểm kiểm mới nhất của bản sao công khai hay nhân chứng. Chỉ khi không ai có bản mới hơn: --checkpoint với log/checkpoint của bản sao lưu, kèm --nothing-newer.
cli-restored-log-stopped = Sổ nhật ký không tiếp tục được ở đây. { $why } Các mã đã cấp sau bản sao lưu không còn được biết. Đến lúc đó dịch vụ vẫn khởi động, hiển thị những gì đang có, nhận tạm giữ và thu hồi, và không ký gì.
cli-log-witness = nhân chứng { $name }: đã ký chứng { $count } mục lúc { $time }
cli-log-witness-new = nhân chứng { $name }: chưa hỏi
cli-log-witness-never = nhân chứng { $name }: chưa ký chứng lần nào; hỏng { $times } lần, lần cuối lúc { $failed }: { $why }
cli-log-witness-failed = nhân chứng { $name }: đã ký chứng { $count } mục lúc { $time }; từ đó hỏng { $times } lần, lần cuối lúc { $failed }: { $why }
cli-erase-kept = { $record } đang giữ { $count } giá trị riêng; chưa xóa gì. Hãy nêu các giá trị cần xóa bằng --field
cli-erase-done = đã xóa của { $record }: { $fields }. Không ai còn mở được các cam kết của chúng trong nhật ký
cli-erase-left = Giá trị vẫn còn trong tệp cạnh cơ sở dữ liệu (-wal) vì có người đang đọc: sẽ mất khi dừng dịch vụ một lần
cli-erase-not-kept = --field { $field }: { $record } không giữ giá trị riêng nào như vậy; đang giữ: { $kept }. Chưa xóa gì
cli-log-disclosed = đã mở { $count } số lượng; { $erased } đã xóa nên không mở được
cli-audit-closed = lô { $lot }: còn { $count } số lượng chưa mở
cli-audit-opening-wrong = dòng { $line }: phần mở { $field } của { $of } không khớp cam kết ở mục { $index }
cli-audit-opening-stray = dòng { $line }: không mục nào trong nhật ký cam kết { $field } của { $of }
cli-audit-opening-line = { $path }: dòng { $line }
cli-audit-opening-salt = { $path }: dòng { $line }: salt: phải gồm đúng 64 chữ số thập lục phân viết thường
cli-audit-opening-again = { $path }: dòng { $line }: trùng cam kết với dòng { $before }
cli-audit-amount = lô { $lot }: số lượng của sự kiện { $event } không phải số lượng, hoặc tính bằng đơn vị khác
cli-audit-overdrawn = lô { $lot }: xuất { $went } mà chỉ nhập { $came } (gam hoặc cái)
cli-audit-made = sự kiện { $event }: ra { $went } mà chỉ vào { $came } (gam hoặc cái)
cli-audit-codes = lô { $lot }: mã đã cấp ứng với { $coded } mà chỉ đóng gói { $packed } (gam hoặc cái)
cli-audit-twice = mục { $index }: cam kết { $field } của { $of } đã có ở một mục trước đó
cli-audit-pack = lô { $lot }: lượng trong một gói của đợt mã { $run } bằng không, hoặc tính bằng đơn vị khác với lô
cli-audit-bare = lô { $lot }: có { $count } mã mà không sự kiện nào nói về lô này
cli-audit-sums-good = tổng số lượng khớp: { $count } phần mở, { $lots } lô, { $closed } lô chưa mở hết
cli-audit-sums-bad = tổng số lượng không khớp: { $wrong } điểm; { $count } phần mở khớp, { $lots } lô, { $closed } lô chưa mở hết
cli-audit-good = khớp toàn bộ: { $origin }, { $count } mục ({ $new } mục mới), gốc { $root }
cli-audit-bad = không khớp: { $why }
cli-audit-evidence = các điểm kiểm và dữ liệu đã nhận được giữ làm bằng chứng ở { $folder }
cli-audit-reading = mục
cli-audit-absent = { $path }: không có tệp này
cli-audit-status = { $path }: máy chủ trả lời mã { $status }
cli-policy-no-quorum = không có dòng quorum
cli-policy-no-log = không có dòng log
cli-policy-line = dòng { $line }: { $reason ->
    [control] có ký tự điều khiển
    [log_key] log: { $value }
    [log_twice] nhật ký được nêu hai lần
    [witness_key] witness: { $value }
    [witness_twice] khóa của nhân chứng được nêu hai lần
    [name_taken] tên này đã được dùng
    [needed] nhóm cần any, all hoặc một số không quá số thành viên
    [undefined] { $value } chưa được định nghĩa ở trên
    [two_groups] { $value } thuộc hai nhóm
    [second_quorum] dòng quorum thứ hai
   *[word] { $value }: hãy viết log, witness, group hoặc quorum như tlog-policy quy định
  }
cli-audit-cosigned = nhân chứng cuối cùng đồng ký lúc { $time }
cli-audit-beyond = còn { $count } mục đã ký nối tiếp đúng; các nhân chứng chưa đồng ký
cli-audit-doubt = khóa { $key } đã lộ, chỉ đáng tin đến { $good } mục; mục { $index } có sau đó: { $what }
cli-audit-doubt-log = khóa { $key } của nhật ký đã lộ, chỉ đáng tin đến { $good } mục; điểm kiểm { $count } mục chỉ do khóa này ký
cli-audit-interrupted = việc kiểm bị ngắt; nếu có --state, chạy lại đúng lệnh này sẽ đi tiếp từ đó
cli-audit-state-foreign = { $path }: không nhật ký nào trong chính sách này ký điểm kiểm của lần kiểm trước — dùng chính sách của nhật ký đó, hoặc bắt đầu với thư mục khác
cli-audit-state-damaged = { $path }: trạng thái bị hỏng — bắt đầu với thư mục khác
cli-audit-fault-entry = mục { $index }: { $why }
cli-audit-fault-tile = ô { $path } không phải của các mục
cli-audit-fault-short = tệp { $path } không đủ dài
cli-audit-fault-root = các mục không cho ra gốc của điểm kiểm { $size } mục
cli-audit-fault-missing = không có { $path }, trong khi điểm kiểm bao gồm nó
cli-audit-fault-rewritten = điểm kiểm { $now } mục không nối tiếp điểm kiểm { $before } mục
cli-audit-fault-shrunk = nhật ký đã ngắn lại: nay ký { $now } mục, trước đây { $before }
cli-audit-fault-forked = hai lịch sử cùng được ký: có hai điểm kiểm { $size } mục với gốc khác nhau
cli-audit-fault-unsigned = điểm kiểm không do nhật ký nào trong chính sách ký: { $why }
cli-audit-fault-quorum = các nhân chứng của { $of } chưa đồng ký
cli-audit-fault-other-log = lần trước kiểm { $before }, còn đây là { $now }
cli-audit-wrong-unreadable = không đọc được: { $why }
cli-audit-wrong-spelling = không ở dạng chuẩn tắc (RFC 8785)
cli-audit-wrong-members = không có các thành phần của một mục: { $names }
cli-audit-wrong-version = thuộc phiên bản { $version }
cli-audit-wrong-lacks = thiếu { $name }, hoặc không đúng loại
cli-audit-wrong-place = { $subject }: mục { $found } của đối tượng đứng ở chỗ lẽ ra là mục { $due }
cli-audit-wrong-before = { $subject }: mục liền trước không phải mục được nêu tên
cli-audit-wrong-ended-key = mã ký bằng khóa { $key }, khóa này không còn được ký
cli-audit-wrong-unknown-key = mã ký bằng khóa { $key } mà nhật ký không biết
cli-audit-wrong-key-of-role = mã ký bằng khóa { $key }, khóa này dùng cho { $role }, không ký mã
cli-audit-wrong-key-out-of-term = mã ký bằng khóa { $key } ngoài thời hạn khóa được ký
cli-audit-wrong-taken = đợt mã { $run } có số sê-ri đã cấp trước đó
cli-audit-wrong-again = đợt mã { $run } được cấp hai lần
cli-audit-wrong-no-run = nhãn của đợt mã { $run } chưa từng được cấp
cli-audit-wrong-foreign = nhãn không thuộc đợt mã { $run } của { $product }
cli-audit-wrong-active = nhãn của đợt mã { $run } được kích hoạt hai lần
cli-audit-wrong-void = nhãn của đợt mã { $run } bị hủy hai lần
cli-audit-wrong-revived = nhãn của đợt mã { $run } được kích hoạt sau khi đã hủy
cli-audit-wrong-count = đợt mã { $run }: nói có { $told } nhãn, còn các khoảng có { $found }
cli-audit-wrong-too-many = đợt mã { $run } có { $has } nhãn: nay nói thêm { $told }, trước đó đã có { $before }
cli-record-signed = Chữ ký đúng: { $signers }
cli-record-unanchored = Danh sách khóa chưa được đối chiếu với khóa gốc nào: hãy thêm --root.
cli-record-not = Đây không phải là biên bản có chữ ký của cơ quan này, hoặc đã bị sửa: { $why }
cli-record-other = Đây là văn bản có chữ ký, nhưng không phải biên bản diễn tập: dòng đầu phải là { $first }
cli-record-host = Biên bản của { $host }, còn danh sách khóa là của { $known }
