//! The authority's file: what is understood, and every kind of bad row told by row, column, value and reason.

use nguongoc::coverage::{Imported, Months, read};
use nguongoc::kernel::RosterEntryId;
use nguongoc::sheet::{MOST_ROWS, RowProblem, Sheet};
use proptest::prelude::*;
use uuid::Uuid;

fn import(bytes: &[u8]) -> Result<Imported, Vec<RowProblem>> {
    let mut next = 0;
    read(&Sheet::read(bytes)?, || {
        next += 1;
        RosterEntryId::from_uuid(Uuid::from_u128(next))
    })
}

const HEAD: &str =
    "name;tax number;commune;product groups;selling months;active from;active to;kind;expected";

#[test]
fn files_as_spreadsheets_write_them() {
    let semicolons =
        "Tên cơ sở;Mã số thuế;Xã/phường;Tỉnh/thành;Nhóm sản phẩm\nA;0100233488;Ba Đình;Hà Nội;Rau";
    let commas = "name,tax,ward,province,groups\r\nA,\"=\"\"0100233488\"\"\",p. ba dinh,TP Hà Nội,\"Leaf vegetables\"\r\n\r\n";
    let quoted = "\u{feff}\"Ten co so\"\t\"MST\"\t\"Xa\"\t\"Tinh\"\t\"Nhom\"\n\"A\"\t\"0100 233 488\"\t\"00004\"\t\"\"\t\"rau xanh\"\n";
    let hinted = "sep=;\r\nSTT;Tên;MST;Phường;Nhóm hàng\r\n1;A;0100233488;Phường Ba Đình, Hà Nội;Rau\r\n";
    let first = import(semicolons.as_bytes()).unwrap().entries.remove(0);
    for (file, row) in [(semicolons, 2), (commas, 2), (quoted, 2), (hinted, 3)] {
        let imported = import(file.as_bytes()).unwrap_or_else(|problems| panic!("{file}: {problems:?}"));
        assert!(imported.warnings.is_empty(), "{file}: {:?}", imported.warnings);
        let mut entry = imported.entries[0].clone();
        assert_eq!(entry.row, row);
        entry.row = 2;
        assert_eq!(entry, first, "{file}");
    }
    assert_eq!(first.months, Months::ALL);
    assert!(first.expected);
}

#[test]
fn personal_numbers_are_masked() {
    let file = format!("{HEAD}\nHộ A;001090000003;00004;trứng;;;;hộ;");
    let entry = &import(file.as_bytes()).unwrap().entries[0];
    assert_eq!(entry.tax_shown.as_deref(), Some("•••••••••003"));
    let file = format!("{HEAD}\nLab;0100233488;00004;trứng;;;;phòng kiểm nghiệm;");
    assert!(!import(file.as_bytes()).unwrap().entries[0].expected, "a laboratory does not sell");
}

#[test]
fn every_kind_of_bad_row_is_told() {
    let long = "x".repeat(201);
    for (row, column, code) in [
        (";0100233488;00004;rau", "name", "text_empty"),
        (&format!("{long};0100233488;00004;rau"), "name", "text_too_long"),
        ("A;0100233489;00004;rau", "tax number", "tax_wrong_check_digit"),
        ("A;100233488;00004;rau", "tax number", "roster_tax_zero_lost"),
        ("A;12345;00004;rau", "tax number", "tax_malformed"),
        ("A;0100233488;;rau", "commune", "text_empty"),
        ("A;0100233488;99999;rau", "commune", "commune_unknown"),
        ("A;0100233488;Xã Không Có, Hà Nội;rau", "commune", "roster_commune_not_found"),
        ("A;0100233488;Tân Phú;rau", "commune", "roster_commune_ambiguous"),
        ("A;0100233488;00004;", "product groups", "text_empty"),
        ("A;0100233488;00004;vàng mã", "product groups", "roster_group_unknown"),
        ("A;0100233488;00004;rau;13", "selling months", "roster_months_malformed"),
        ("A;0100233488;00004;rau;;31/02/2026", "active from", "day_does_not_exist"),
        ("A;0100233488;00004;rau;;01/05/2026;01/04/2026", "active to", "roster_period_backwards"),
        ("A;0100233488;00004;rau;;;;nhà máy bay", "kind", "roster_kind_unknown"),
        ("A;0100233488;00004;rau;;;;;có thể", "expected", "roster_yes_or_no"),
        ("=1+1;0100233488;00004;rau", "name", "sheet_cell_formula"),
        ("@SUM(A1);0100233488;00004;rau", "name", "sheet_cell_formula"),
        ("+84;0100233488;00004;rau", "name", "sheet_cell_formula"),
        ("A;=1;00004;rau", "tax number", "sheet_cell_formula"),
        ("A;0100233488;00004;rau;;;;;;more", "", "sheet_row_too_wide"),
        ("\"A;0100233488;00004;rau", "", "sheet_quote_open"),
        ("A\"B;0100233488;00004;rau", "", "sheet_quote_inside"),
        ("\"A\"B;0100233488;00004;rau", "", "sheet_quote_followed"),
        ("\"A\nB\";0100233488;00004;rau", "name", "text_has_line_break"),
    ] {
        let file = format!("{HEAD}\nGood;0314409058;00004;rau;;;;;\n{row}\n");
        let problems = import(file.as_bytes()).expect_err(row);
        let told: Vec<_> = problems.iter().map(|p| (p.row, p.column.as_str(), p.problem.code)).collect();
        assert_eq!(told, [(3, column, code)], "{row}");
    }
}

#[test]
fn all_problems_at_once_and_twins_within_the_file() {
    let file = format!(
        "{HEAD}\nA;1;00004;vàng;0\nB;0100233488;00004;rau\nC;0100 233 488;00004;rau\nD;;00004;rau\nd;;00004;quả\nE;;x;rau\n"
    );
    let problems = import(file.as_bytes()).unwrap_err();
    let told: Vec<_> = problems.iter().map(|p| (p.row, p.problem.code)).collect();
    assert_eq!(
        told,
        [
            (2, "tax_malformed"),
            (2, "roster_group_unknown"),
            (2, "roster_months_malformed"),
            (4, "roster_tax_twice"),
            (6, "roster_name_twice"),
            (7, "roster_commune_not_found"),
        ]
    );
    assert_eq!(problems[3].problem.args, [("first", "3".to_owned())]);
    let two = format!("{HEAD}\nA;0100233488;00004;rau\nA;0100112437;00004;rau\nX;;00004;rau;;;;;\n");
    let warnings: Vec<_> =
        import(two.as_bytes()).unwrap().warnings.iter().map(|w| (w.row, w.problem.code)).collect();
    assert_eq!(warnings, [(3, "roster_name_twice"), (4, "roster_tax_absent")]);
}

#[test]
fn files_that_are_no_roster() {
    let wide = "name;tax number;product groups\nA;;rau";
    let twice = "name;tên;tax number;commune;product groups\nA;A;;00004;rau";
    let many = format!("{HEAD}\n{}", "A;;00004;rau\n".repeat(MOST_ROWS + 1));
    for (bytes, code) in [
        (b"".as_slice(), "sheet_file_empty"),
        (HEAD.as_bytes(), "sheet_file_empty"),
        (b"PK\x03\x04abc", "sheet_file_damaged"),
        (b"\xff\xfen\0a\0", "sheet_file_not_utf8"),
        (b"name;\xc3\x28", "sheet_file_not_utf8"),
        (wide.as_bytes(), "sheet_column_missing"),
        (twice.as_bytes(), "sheet_column_twice"),
        (many.as_bytes(), "sheet_file_too_many_rows"),
    ] {
        let problems = import(bytes).expect_err(code);
        assert_eq!(problems.iter().map(|p| p.problem.code).collect::<Vec<_>>(), [code]);
    }
}

proptest! {
    #[test]
    fn no_file_breaks_the_import(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\"',;=\\-\\nA-Za-zàđ0-9 \\t]{0,120}") {
        let _ = import(&bytes);
        let _ = import(text.as_bytes());
        let _ = import(format!("{HEAD}\n{text}").as_bytes());
        let _ = Months::parse(&text);
    }

    #[test]
    fn months_shown_can_be_typed_back(bits in 1_i64..=4095) {
        let months = Months::from_bits(bits).unwrap();
        prop_assert_eq!(Months::parse(&months.to_string()), Ok(months));
    }
}
