# Problems with what was entered: each names the value, the rule and the fix. Keys: problem-<code>.


## Ids, codes and numbers

problem-id-malformed = “{ $value }” is not a valid identifier. Open the item from its list instead of typing the address.
problem-hash-malformed = “{ $value }” is not a SHA-256 hash. It has exactly 64 characters, 0–9 and a–f; copy it again in full.
problem-wrong-check-digit = The check digit of “{ $value }” is wrong: it ends in { $given } where { $expected } is expected. A digit was probably mistyped; compare it with the document or label.
problem-gtin-malformed = The GTIN “{ $value }” contains something other than digits. Enter only the digits printed under the barcode.
problem-gtin-length = The GTIN “{ $value }” has { $count } digits. A GTIN has 8, 12, 13 or 14; check for a missing or extra digit.
problem-gtin-zero = The GTIN “{ $value }” is all zeros and names no product. If the product has no GTIN, leave it empty; the registry gives it a number.
problem-gtin-restricted = “{ $value }” is a restricted-circulation number (beginning with 02, 04, 20–29, or a GTIN-8 beginning with 0 or 2), which others may use as well. Enter a GTIN issued by GS1, or leave it empty to get a registry number.
problem-gtin-coupon = “{ $value }” is a coupon or refund number (beginning with 05, 980–984 or 99), not a product. Enter the GTIN printed on the package.
problem-gln-malformed = “{ $value }” is not a valid GLN. A GLN has exactly 13 digits; leave it empty if none was issued.
problem-gln-zero = The GLN “{ $value }” is all zeros and names no place. Enter the GLN that was issued, or leave it empty.
problem-number-malformed = “{ $value }” is not a valid number. Numbers of the registry have exactly 10 digits; copy it from the label or the list.
problem-product-number-wrong-kind = “{ $value }” is not a product number. Product numbers begin with 1; this is the number of a place or the short code of a lot.
problem-place-number-wrong-kind = “{ $value }” is not a place number. Place numbers begin with 2; this is the number of a product or the short code of a lot.
problem-short-code-wrong-kind = “{ $value }” is not the short code of a lot. The short code stands beside the QR code and begins with 3 to 9; this is the number of a product or a place.
problem-lot-code-empty = The code is empty. Enter 1 to 20 characters: digits, letters A–Z without accents, and hyphens.
problem-lot-code-character = The code “{ $value }” contains a character that cannot be used: “{ $character }”. Use only digits, capital letters A–Z without accents, and hyphens.
problem-lot-code-too-long = The code “{ $value }” has { $count } characters. At most { $longest } are allowed; shorten it.

## Tax numbers

problem-tax-malformed = “{ $value }” is not a valid tax number. It has 10 digits (enterprise), 10 digits, a hyphen and 3 digits (branch), or 12 digits (household or person).
problem-tax-wrong-check-digit = The check digit (the 10th) of the tax number “{ $value }” is wrong. It was probably mistyped; compare it with the registration certificate.
problem-tax-branch-zero = The branch number “{ $value }” ends in 000. Branches are numbered 001 to 999; for the head office leave the ending out.
problem-personal-id-malformed = The personal id “{ $value }” is not valid: its first three digits must be a province code (001–096). Compare it with the identity card.

## Time

problem-moment-malformed = “{ $value }” is not a valid time. Write it as 2026-11-23T08:30:00+07:00, with a date and time that exist.
problem-offset-malformed = “{ $value }” is not a valid offset. Write it as +07:00, between -14:00 and +14:00.
problem-day-malformed = “{ $value }” is not a valid date. Write day/month/year, such as 23/11/2026, or 2026-11-23.
problem-day-does-not-exist = The date “{ $value }” does not exist. Check the day and the month (in the order day/month/year).
problem-year-out-of-range = “{ $value }” lies outside the years { $first }–{ $last }. Check the year.

## Amounts

problem-number-not-understood = “{ $value }” is not a number that can be read. Write it like 12.5 or 1250, without other signs.
problem-number-ambiguous = “{ $value }” can be read in two ways. Write { $whole } or { $decimal } to be clear.
problem-number-too-long = The number “{ $value }” is too long. A number has at most { $longest } digits; check it.
problem-amount-zero = “{ $value }”: the amount must be greater than zero. Enter the actual amount.
problem-amount-negative = “{ $value }”: an amount cannot be negative. Remove the minus sign; to record a decrease, record a dispatch or a loss.
problem-amount-fraction = “{ $value }” is finer than the smallest unit (1 gram, 1 piece or 1 m²). Write a whole number of the smallest unit.
problem-amount-too-large = “{ $value }” is too large; at most { $largest } is allowed. Check the number and its unit.
problem-amount-exceeds = “{ $value }” is more than what is left: { $left }. Enter no more than that.
problem-units-differ = “{ $value }” and “{ $other }” are in different units: mass cannot be added to, taken from or compared with a count. Use the unit of the lot.
problem-unit-missing = “{ $value }” has no unit. Add one, such as kg, tấn (1,000 kg), g or pieces.
problem-unit-unknown = The unit “{ $value }” is not known. Use g, kg, tạ (100 kg), tấn (1,000 kg), or for counts: quả, mớ, bó, hộp, con, cái, pieces.
problem-uom-unknown = The unit code “{ $value }” cannot be used. Use KGM, GRM, DTN or TNE for mass; none, H87, EA or C62 for pieces.
problem-area-unit-missing = The area “{ $value }” has no unit. Add m2, sào (360 m²), mẫu (3,600 m²) or ha.
problem-area-unit-unknown = The unit of area “{ $value }” is not known. Use m2, sào (360 m²), mẫu (3,600 m²) or ha.

## Text

problem-text-empty = Nothing was written. Fill in this field.
problem-text-too-long = The text has { $count } characters (“{ $value }”). At most { $longest } are allowed; shorten it.
problem-text-has-line-break = “{ $value }” contains a line break. This field takes one line; join the lines.
problem-text-has-control-character = “{ $value }” contains a control character that cannot be seen. Type it again instead of pasting.
problem-text-has-direction-control = “{ $value }” contains a hidden character that reverses the direction of text. Type it again instead of pasting.

## Communes

problem-commune-unknown = No commune has the code “{ $value }”. Codes have 5 digits and follow the list in force since 1 July 2025; choose from the list.
problem-province-unknown = No province has the code “{ $value }”. Codes have 2 digits and follow the list of 34 provinces; choose from the list.

## Lists and documents

problem-cursor-malformed = “{ $value }” is not a valid page position. Go back to the first page of the list.
problem-page-size-malformed = “{ $value }” is not a valid page size. Choose from 1 to { $largest }.
problem-json-malformed = The JSON is malformed at line { $line }, column { $column }. Correct it there and send it again.
problem-json-too-large = The JSON has { $count } bytes; at most { $largest } are allowed. Send it in smaller parts.
problem-json-too-deep = The JSON is nested deeper than { $deepest } levels. Make it flatter.
problem-json-duplicate-name = The name “{ $value }” occurs twice in one JSON object. Keep only one.
problem-json-integer-too-large = The number “{ $value }” is beyond 2^53 and could be misread. Send it as a string.

## Identifiers in GS1 Digital Links and EPC URNs

problem-link-scheme = “{ $value }” is not an address that can be read: it must begin with http:// or https:// (all small or all capital letters), or urn:epc:.
problem-link-host = “{ $value }” has no host. Write it in full, such as https://id.gs1.org/01/….
problem-link-no-key = “{ $value }” holds no GS1 key. The path must hold a key and its value, such as /01/09520000000011/10/LOT-7.
problem-element-unknown = “{ $value }” is not an application identifier (AI) of GS1. Remove or correct it.
problem-element-empty = AI ({ $value }) has no value. Give it one, or leave the AI out.
problem-element-character = The value “{ $value }” of AI ({ $element }) contains a character that is not allowed: “{ $character }”. Percent-encode special characters, and use only those that this AI allows.
problem-element-malformed = The value “{ $value }” does not have the form of AI ({ $element }): wrong length, date, time or structure. Compare it with the label.
problem-element-twice = AI ({ $value }) occurs twice. Keep only one.
problem-element-not-in-query = AI ({ $value }) must not stand after the question mark. Put it into the path, after its key.
problem-qualifier-misplaced = “{ $value }” cannot stand here after the key { $key }. Put the parts in order (after 01: 22, 10, 21), and other attributes after the question mark.
problem-name-not-canonical = “{ $value }” is not in canonical form. Use the name exactly as the registry recorded it.
problem-urn-malformed = The EPC URN “{ $value }” is malformed. Write it like urn:epc:id:sgtin:9520001.012345.678, with a company prefix of 6 to 12 digits and the full number of digits.
problem-urn-scheme-unknown = “{ $value }” is a kind of EPC that stands for no GS1 key. Use sgtin, lgtin, sscc, sgln, pgln, grai, giai, gsrn, gdti, cpi, sgcn, ginc, gsin, itip or upui.
problem-crop-code-malformed = “{ $value }” is no crop code: small letters, digits and underscores only, such as rau_muong, at most { $longest } characters.
problem-dose-per-area = The dose “{ $value }” does not say for how much land. Write it like 15 ml/sào or 0.4 l/ha.
problem-dose-unit-unknown = Dose and total are in g, kg, ml or l (given: { $value }).
problem-dose-units-differ = “{ $value }” and “{ $other }” are of different kinds: weight (g, kg) cannot be compared with volume (ml, l). Look at the unit on the label.
problem-input-unit-missing = “{ $value }” has no unit. Add g, kg, ml, l, cây or gói.
problem-input-unit-unknown = The unit “{ $value }” is not known. Use mg, g, kg, tạ, tấn; ml, l, m3; cây, hạt, gói, chai, bao.
