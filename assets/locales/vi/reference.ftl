reference-errors = Mã lỗi của giao diện lập trình
reference-errors-what = Mỗi lỗi là một tài liệu kiểu application/problem+json. Mã lỗi không bao giờ đổi, câu chữ có thể đổi. Toàn bộ giao diện được mô tả trong
reference-problems = Vấn đề của từng trường
reference-problems-what = Lỗi invalid_input liệt kê trong “problems” những gì sai ở từng trường, mỗi chỗ sai mang một trong các mã sau.
