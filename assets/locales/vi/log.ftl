# Nhật ký chỉ ghi thêm, có chữ ký.
error-log-stopped = Nhật ký có chữ ký đang tạm dừng, nên chưa thể cấp mã, kích hoạt nhãn hay bỏ tạm giữ. Chưa có gì được ghi. Tạm giữ, thu hồi và hủy nhãn vẫn làm được; vui lòng báo quản trị viên.
error-log-late = Việc này đã được ghi nhận và đang chờ vào nhật ký có chữ ký; nó có hiệu lực khi đã vào nhật ký. Vui lòng mở lại trang này sau vài giây.
