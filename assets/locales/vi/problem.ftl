# Lỗi dữ liệu nhập: nêu giá trị, quy tắc và cách sửa. Khóa: problem-<mã lỗi>.


## Mã và số

problem-id-malformed = Mã định danh “{ $value }” không hợp lệ. Hãy mở lại từ danh sách thay vì gõ đường dẫn bằng tay.
problem-hash-malformed = “{ $value }” không phải mã băm SHA-256. Mã này gồm đúng 64 ký tự 0–9 và a–f; hãy chép lại nguyên vẹn.
problem-wrong-check-digit = Số “{ $value }” sai chữ số kiểm tra: số cuối là { $given }, đúng ra phải là { $expected }. Có thể đã gõ nhầm một chữ số; hãy đối chiếu lại với giấy tờ hoặc nhãn.
problem-gtin-malformed = Mã GTIN “{ $value }” có ký tự không phải chữ số. Chỉ nhập các chữ số in dưới mã vạch.
problem-gtin-length = Mã GTIN “{ $value }” có { $count } chữ số. GTIN phải có 8, 12, 13 hoặc 14 chữ số; hãy kiểm tra xem có thiếu hoặc thừa số không.
problem-gtin-zero = Mã GTIN “{ $value }” toàn số 0 nên không chỉ sản phẩm nào. Nếu sản phẩm chưa có GTIN, hãy để trống; hệ thống sẽ cấp số sản phẩm.
problem-gtin-restricted = Mã “{ $value }” thuộc dải lưu hành nội bộ (bắt đầu bằng 02, 04, 20–29, hoặc GTIN-8 bắt đầu bằng 0 hay 2), nơi khác có thể dùng trùng. Hãy nhập GTIN do GS1 cấp, hoặc để trống để hệ thống cấp số sản phẩm.
problem-gtin-coupon = Mã “{ $value }” thuộc dải dành cho phiếu giảm giá, hoàn tiền (bắt đầu bằng 05, 980–984 hoặc 99), không phải mã sản phẩm. Hãy nhập GTIN in trên bao bì.
problem-gln-malformed = Mã địa điểm GLN “{ $value }” không hợp lệ. GLN gồm đúng 13 chữ số; nếu chưa được cấp, hãy để trống.
problem-gln-zero = Mã GLN “{ $value }” toàn số 0 nên không chỉ địa điểm nào. Hãy nhập GLN được cấp, hoặc để trống.
problem-number-malformed = Số “{ $value }” không hợp lệ. Số do hệ thống cấp gồm đúng 10 chữ số; hãy chép lại từ nhãn hoặc danh sách.
problem-product-number-wrong-kind = “{ $value }” không phải số sản phẩm. Số sản phẩm bắt đầu bằng 1; số này là số địa điểm hoặc mã ngắn của lô.
problem-place-number-wrong-kind = “{ $value }” không phải số địa điểm. Số địa điểm bắt đầu bằng 2; số này là số sản phẩm hoặc mã ngắn của lô.
problem-short-code-wrong-kind = “{ $value }” không phải mã ngắn của lô. Mã ngắn in cạnh mã QR và bắt đầu bằng một số từ 3 đến 9; số này là số sản phẩm hoặc số địa điểm.
problem-lot-code-empty = Chưa có mã. Hãy nhập từ 1 đến 20 ký tự gồm chữ số, chữ cái không dấu A–Z và dấu gạch ngang.
problem-lot-code-character = Mã “{ $value }” có ký tự không dùng được: “{ $character }”. Chỉ dùng chữ số, chữ cái in hoa không dấu A–Z và dấu gạch ngang.
problem-lot-code-too-long = Mã “{ $value }” dài { $count } ký tự. Tối đa { $longest } ký tự; hãy rút ngắn lại.

## Mã số thuế

problem-tax-malformed = Mã số thuế “{ $value }” không hợp lệ. Mã số thuế gồm 10 chữ số (doanh nghiệp), 10 chữ số, dấu gạch ngang và 3 chữ số (chi nhánh), hoặc 12 chữ số (hộ, cá nhân).
problem-tax-wrong-check-digit = Mã số thuế “{ $value }” sai chữ số kiểm tra (chữ số thứ 10). Có thể đã gõ nhầm; hãy đối chiếu với giấy đăng ký doanh nghiệp.
problem-tax-branch-zero = Mã số thuế chi nhánh “{ $value }” có phần đuôi 000. Phần đuôi từ 001 đến 999; nếu là trụ sở chính, hãy bỏ phần đuôi.
problem-personal-id-malformed = Số định danh cá nhân “{ $value }” không hợp lệ: ba chữ số đầu phải là mã tỉnh (001–096). Hãy đối chiếu với thẻ căn cước.

## Thời gian

problem-moment-malformed = Thời điểm “{ $value }” không hợp lệ. Hãy ghi theo dạng 2026-11-23T08:30:00+07:00, với ngày giờ có thật.
problem-offset-malformed = Múi giờ “{ $value }” không hợp lệ. Hãy ghi theo dạng +07:00, trong khoảng từ -14:00 đến +14:00.
problem-day-malformed = Ngày “{ $value }” không hợp lệ. Hãy ghi theo dạng ngày/tháng/năm, ví dụ 23/11/2026.
problem-day-does-not-exist = Ngày “{ $value }” không có trong lịch. Hãy kiểm tra lại ngày và tháng (ghi theo thứ tự ngày/tháng/năm).
problem-year-out-of-range = “{ $value }” nằm ngoài khoảng năm { $first }–{ $last }. Hãy kiểm tra lại năm.

## Số lượng, diện tích

problem-number-not-understood = “{ $value }” không phải là một số đọc được. Hãy ghi như 12,5 hoặc 1250, không kèm ký hiệu khác.
problem-number-ambiguous = “{ $value }” có thể hiểu theo hai cách. Hãy ghi { $whole } hoặc { $decimal } cho rõ.
problem-number-too-long = Số “{ $value }” quá dài. Một số có tối đa { $longest } chữ số; hãy kiểm tra lại.
problem-amount-zero = “{ $value }”: số lượng phải lớn hơn 0. Hãy nhập số lượng thực tế.
problem-amount-negative = “{ $value }”: số lượng không được âm. Hãy bỏ dấu trừ; nếu muốn ghi giảm, hãy ghi một việc xuất hoặc hao hụt.
problem-amount-fraction = “{ $value }” lẻ hơn đơn vị nhỏ nhất (1 gam, 1 đơn vị đếm hoặc 1 m²). Hãy ghi số tròn theo đơn vị nhỏ nhất.
problem-amount-too-large = “{ $value }” quá lớn; tối đa là { $largest }. Hãy kiểm tra lại số và đơn vị.
problem-amount-exceeds = “{ $value }” nhiều hơn số còn lại: chỉ còn { $left }. Hãy nhập không quá số còn lại.
problem-units-differ = “{ $value }” và “{ $other }” khác đơn vị: khối lượng không cộng, trừ hay so sánh được với số đếm. Hãy dùng đơn vị của lô.
problem-unit-missing = “{ $value }” chưa có đơn vị. Hãy ghi thêm đơn vị, ví dụ: kg, tạ, tấn, quả, mớ, bó, hộp.
problem-unit-unknown = Không nhận ra đơn vị “{ $value }”. Các đơn vị dùng được: g, lạng, kg, yến, tạ, tấn; quả, mớ, bó, hộp, con, cái, gói, túi, chai, khay, vỉ (ghi đủ dấu, vì “tạ” khác “tá”).
problem-uom-unknown = Mã đơn vị “{ $value }” không dùng được. Hãy dùng KGM, GRM, DTN hoặc TNE cho khối lượng; bỏ trống, H87, EA hoặc C62 cho số đếm.
problem-area-unit-missing = Diện tích “{ $value }” chưa có đơn vị. Hãy ghi thêm m2, sào (360 m²), mẫu (3.600 m²) hoặc ha.
problem-area-unit-unknown = Không nhận ra đơn vị diện tích “{ $value }”. Hãy dùng m2, sào (360 m²), mẫu (3.600 m²) hoặc ha.

## Văn bản

problem-text-empty = Chưa có nội dung. Hãy điền vào ô này.
problem-text-too-long = Nội dung dài { $count } ký tự (“{ $value }”). Tối đa { $longest } ký tự; hãy viết gọn lại.
problem-text-has-line-break = “{ $value }” có dấu xuống dòng. Ô này chỉ nhận một dòng; hãy viết liền.
problem-text-has-control-character = “{ $value }” có ký tự điều khiển không nhìn thấy được. Hãy gõ lại thay vì dán từ nơi khác.
problem-text-has-direction-control = “{ $value }” có ký tự ẩn làm đảo chiều chữ. Hãy gõ lại thay vì dán từ nơi khác.

## Địa giới

problem-commune-unknown = Không có xã, phường, đặc khu nào mang mã “{ $value }”. Mã gồm 5 chữ số theo danh mục từ ngày 01/7/2025; hãy chọn từ danh sách.
problem-province-unknown = Không có tỉnh, thành phố nào mang mã “{ $value }”. Mã gồm 2 chữ số theo danh mục 34 tỉnh, thành phố; hãy chọn từ danh sách.

## Danh sách và tài liệu

problem-cursor-malformed = Vị trí trang “{ $value }” không hợp lệ. Hãy quay lại trang đầu của danh sách.
problem-page-size-malformed = Số dòng mỗi trang “{ $value }” không hợp lệ. Hãy chọn từ 1 đến { $largest }.
problem-json-malformed = Nội dung JSON sai cú pháp ở dòng { $line }, cột { $column }. Hãy sửa chỗ đó rồi gửi lại.
problem-json-too-large = Nội dung JSON dài { $count } byte; tối đa { $largest } byte. Hãy chia nhỏ rồi gửi từng phần.
problem-json-too-deep = Nội dung JSON lồng nhau quá { $deepest } tầng. Hãy giảm số tầng.
problem-json-duplicate-name = Tên “{ $value }” xuất hiện hai lần trong cùng một đối tượng JSON. Hãy chỉ giữ một.
problem-json-integer-too-large = Số “{ $value }” vượt quá 2^53 nên có thể bị đọc sai. Hãy gửi dưới dạng chuỗi.

## Mã nhận dạng trong đường dẫn GS1 và EPC

problem-link-scheme = “{ $value }” không phải địa chỉ nhận dạng được: phải bắt đầu bằng http:// hoặc https:// (toàn chữ thường hoặc toàn chữ hoa), hoặc urn:epc:.
problem-link-host = “{ $value }” thiếu tên miền. Hãy ghi đủ, ví dụ https://id.gs1.org/01/….
problem-link-no-key = “{ $value }” không chứa khóa GS1 nào. Đường dẫn phải có khóa và giá trị, ví dụ /01/09520000000011/10/LO-7.
problem-element-unknown = “{ $value }” không phải số định danh ứng dụng (AI) của GS1. Hãy bỏ nó hoặc sửa lại cho đúng.
problem-element-empty = AI ({ $value }) không có giá trị. Hãy ghi giá trị hoặc bỏ AI này.
problem-element-character = Giá trị “{ $value }” của AI ({ $element }) có ký tự không được phép: “{ $character }”. Hãy mã hóa phần trăm các ký tự đặc biệt và chỉ dùng ký tự mà AI này cho phép.
problem-element-malformed = Giá trị “{ $value }” không đúng dạng của AI ({ $element }): sai độ dài, sai ngày giờ hoặc sai cấu trúc. Hãy đối chiếu với nhãn.
problem-element-twice = AI ({ $value }) xuất hiện hai lần. Hãy chỉ giữ một.
problem-element-not-in-query = AI ({ $value }) không được đứng sau dấu hỏi. Hãy đưa nó vào đường dẫn, sau khóa của nó.
problem-qualifier-misplaced = “{ $value }” không được đứng ở chỗ này sau khóa { $key }. Hãy xếp đúng thứ tự; sau 01 là 22, 10, 21; thuộc tính khác thì để sau dấu hỏi.
problem-name-not-canonical = “{ $value }” không ở dạng chuẩn. Hãy dùng tên đúng như hệ thống đã ghi.
problem-urn-malformed = EPC URN “{ $value }” sai cấu trúc. Hãy ghi như urn:epc:id:sgtin:9520001.012345.678, với mã doanh nghiệp từ 6 đến 12 chữ số và đủ số chữ số.
problem-urn-scheme-unknown = “{ $value }” thuộc một loại EPC không ứng với khóa GS1 nào. Hãy dùng sgtin, lgtin, sscc, sgln, pgln, grai, giai, gsrn, gdti, cpi, sgcn, ginc, gsin, itip hoặc upui.
problem-crop-code-malformed = “{ $value }” không phải là mã cây trồng: chỉ dùng chữ thường không dấu, số và gạch dưới, như rau_muong, dài nhất { $longest } ký tự.
problem-dose-per-area = Liều “{ $value }” chưa nói là cho diện tích nào. Hãy ghi như 15 ml/sào hoặc 0,4 l/ha.
problem-dose-unit-unknown = Liều và tổng lượng thuốc phải tính bằng g, kg, ml hoặc lít (đã ghi: { $value }).
problem-dose-units-differ = “{ $value }” và “{ $other }” khác loại đơn vị: khối lượng (g, kg) không so được với thể tích (ml, lít). Hãy xem lại đơn vị trên nhãn.
problem-input-unit-missing = “{ $value }” chưa có đơn vị. Hãy ghi thêm g, kg, ml, lít, cây hoặc gói.
problem-input-unit-unknown = Không nhận ra đơn vị “{ $value }”. Hãy dùng mg, g, lạng, kg, yến, tạ, tấn; ml, lít, m3; cây, hạt, gói, chai, bao.
