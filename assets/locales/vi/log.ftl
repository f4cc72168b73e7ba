# Nhật ký chỉ ghi thêm, có chữ ký.
error-log-stopped = Việc này chưa thể làm vì nhật ký có chữ ký đang tạm dừng. Chưa có gì được ghi. Tạm giữ, thu hồi, tạm dừng, đình chỉ và hủy nhãn vẫn làm được; vui lòng báo quản trị viên. { log-why }
error-log-late = Việc này đã được ghi nhận và đang chờ vào nhật ký có chữ ký; nó có hiệu lực khi đã vào nhật ký. { $reason ->
    [none] Vui lòng mở lại trang này sau vài giây.
   *[other] Nhật ký đang tạm dừng; vui lòng báo quản trị viên. { log-why }
  }
log-stopped = Nhật ký có chữ ký đang dừng.
log-stopped-effect = Chưa thể cấp mã, kích hoạt nhãn, bỏ tạm giữ, { $reason ->
    [no_key] gửi hàng hay bán hàng
   *[other] gửi hàng, bán hàng, duyệt cơ sở hoặc cho cơ sở ghi trở lại, giao uỷ quyền, xác nhận chứng nhận hoặc cho hết đình chỉ, công bố danh mục hay chốt danh sách cơ sở
  }. Tra cứu, tạm giữ, thu hồi, tạm dừng, đình chỉ và hủy nhãn vẫn làm được; việc ghi trong lúc này chờ ở hàng đợi và sẽ vào nhật ký sau.
log-stopped-guide = Người vận hành máy chủ xem lý do bằng lệnh nguongoc log show và làm theo docs/operations.md, mục “The log”.
log-doubted = Nhân chứng { $name } của nhật ký có chữ ký đã thấy một nhật ký khác với nhật ký này: { $detail }. Cần làm: dừng dịch vụ, giữ nguyên mọi thứ làm bằng chứng, rồi làm theo docs/operations.md, mục “Witnesses”.
log-why = { $reason ->
    [no_key] Lý do: khóa của nhật ký chưa mở trên máy chủ này. Cần làm: chạy nguongoc doctor, rồi khởi động lại với cụm mật khẩu mở khóa.
    [file_missing] Lý do: nhật ký đã có { $count } mục, nhưng máy chủ này chưa thấy điểm kiểm cuối (máy mới, mất thư mục dữ liệu, hoặc cơ sở dữ liệu vừa được phục hồi). Cần làm: chạy nguongoc log adopt với điểm kiểm từ máy khác, bản sao hoặc nhân chứng.
    [file_unusable] Lý do: không dùng được tệp giữ điểm kiểm cuối: { $detail }. Cần làm: sửa quyền tệp hoặc ổ đĩa; nếu không được, chạy nguongoc log adopt.
    [shorter] Lý do: đã ký { $count } mục mà cơ sở dữ liệu chỉ có { $found }: đó là một bản sao lưu cũ hơn. Cần làm: khôi phục cơ sở dữ liệu mới hơn.
    [different] Lý do: { $count } mục trong cơ sở dữ liệu không phải những mục đã ký. Cần làm: dừng dịch vụ, giữ nguyên mọi thứ làm bằng chứng, khôi phục một cơ sở dữ liệu đúng.
    [unreadable] Lý do: có phần của nhật ký không đọc được: { $detail }. Cần làm: dừng dịch vụ, giữ nguyên mọi thứ làm bằng chứng, khôi phục một cơ sở dữ liệu đúng.
   *[damaged] Lý do: dữ liệu nhật ký từ mục { $count } trở đi không khớp với nhau. Cần làm: dừng dịch vụ, giữ nguyên mọi thứ làm bằng chứng, khôi phục một cơ sở dữ liệu đúng.
  }
