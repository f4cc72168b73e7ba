//! Files of lists: every kind of wrong row, files that lie about what they are, bombs, and reading back what was written.

use nguongoc::fieldbook::lists::{
    Beyond, Contents, Crop, Dose, DoseUnit, Ground, ListKind, Substance, SubstanceKind, Term, Use,
    WeightLoss, YieldBand, headings, read, rows,
};
use nguongoc::kernel::fold::fold;
use nguongoc::kernel::{CropCode, Day, SubstanceId, Unit};
use nguongoc::products::groups;
use nguongoc::sheet::{self, RowProblem, Sheet};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

fn crops() -> Vec<Crop> {
    let crop = |code: &str, name: &str, unit| Crop {
        code: CropCode::parse(code).unwrap(),
        name: name.to_owned(),
        name_en: code.to_owned(),
        group: &groups()[0],
        unit,
    };
    vec![crop("cai_bap", "Cải bắp", Unit::Gram), crop("bap_ngo", "Ngô bắp", Unit::Piece)]
}

fn import(kind: ListKind, bytes: &[u8]) -> Result<Contents, Vec<RowProblem>> {
    let crops = crops();
    let ground = Ground { crops: &crops, from: Day::parse("2026-01-01").unwrap(), source: "Căn cứ" };
    read(kind, &Sheet::read(bytes)?, &ground).map(|imported| imported.contents)
}

fn codes(kind: ListKind, bytes: &[u8]) -> Vec<(usize, &'static str)> {
    let problems = import(kind, bytes).expect_err("problems");
    problems.iter().map(|found| (found.row, found.problem.code)).collect()
}

#[test]
fn every_kind_of_bad_substance_is_told() {
    let head = "trade name;active ingredients;kind;crop;waiting days;dose;dose unit;banned from;banned to";
    for (row, code) in [
        ("A;B;insecticide;cai_bap;2,5;;;;", "amount_fraction"),
        ("A;B;insecticide;cai_bap;-1;;;;", "amount_negative"),
        ("A;B;insecticide;cai_bap;366;;;;", "amount_too_large"),
        ("A;B;insecticide;cai_bap;;;;;", "list_waiting_missing"),
        ("A;B;insecticide;cai_bap;2 tuần;;;;", "list_waiting_unit"),
        ("A;B;insecticide;;7;;;;", "list_crop_missing"),
        ("A;B;insecticide;sầu riêng;7;;;;", "list_crop_unknown"),
        ("A;B;insecticide;cai_bap;7;500;;;", "list_dose_unit"),
        ("A;B;insecticide;cai_bap;7;500;ml/bình;;", "list_dose_unit"),
        ("A;B;insecticide;cai_bap;7;500 ml/ha;g/ha;;", "list_dose_units_differ"),
        ("A;B;insecticide;cai_bap;7;1.250;ml/ha;;", "number_ambiguous"),
        ("A;B;insecticide;cai_bap;7;0;ml/ha;;", "amount_zero"),
        ("A;B;insecticide;cai_bap;7;;ml/ha;;", "list_dose_missing"),
        ("A;B;kẹo;cai_bap;7;;;;", "list_kind_unknown"),
        ("!!;B;insecticide;cai_bap;7;;;;", "list_name_unsaid"),
        ("A;;insecticide;cai_bap;7;;;;", "text_empty"),
        ("A;B;insecticide;cai_bap;7;;;;01/01/2026", "list_ban_without_start"),
        ("A;B;insecticide;cai_bap;7;;;02/01/2026;01/01/2026", "list_days_backwards"),
        ("A;B;insecticide;cai_bap;7;;;31/02/2026;", "day_does_not_exist"),
        ("A;B;insecticide;cai_bap;7;;;;;x", "sheet_row_too_wide"),
        ("A;B;insecticide;cai_bap, Cải bắp;7;;;;", "list_row_twice"),
    ] {
        let file = format!("{head}\nOk;B;insecticide;cai_bap;7;0,5;l/ha;;\n{row}\n");
        assert_eq!(codes(ListKind::Substances, file.as_bytes()), [(3, code)], "{row}");
    }
    let twice = format!("{head}\nA;B;insecticide;cai_bap;7;;;;\na;B;insecticide;Cải bắp;8;;;;\n");
    let problems = codes(ListKind::Substances, twice.as_bytes());
    assert_eq!(problems, [(3, "list_rows_disagree"), (3, "list_row_twice")]);
    let neutral = format!("{head}\n\"=HYPERLINK(1)\";\"'=B\";insecticide;cai_bap;7 ngày;0,5 l/ha;;;\n");
    let Contents::Substances(found) = import(ListKind::Substances, neutral.as_bytes()).unwrap() else {
        panic!()
    };
    assert_eq!((found[0].name.as_str(), found[0].ingredients.as_str()), ("=HYPERLINK(1)", "=B"));
    assert_eq!(found[0].uses[0].dose, Some(Dose { thousandths: 500_000, unit: DoseUnit::Millilitre }));
}

#[test]
fn every_kind_of_bad_band_is_told() {
    let head = "kind of band;crop;month from;month to;step;group in;group out;low;high;unit;in force from;in force to;beyond;days to harvest";
    for (row, code) in [
        ("yield;cai_bap;;;;;;1;2;%;;;", "list_unit_mixed"),
        ("yield;cai_bap;;;;;;1;2;chiếc/ha;;;", "list_unit_mixed"),
        ("yield;bap_ngo;;;;;;1;2;tạ/ha;;;", "list_unit_mixed"),
        ("yield;bap_ngo;;;;;;1;2;;;;", "unit_missing"),
        ("yield;bap_ngo;13;1;;;;1;2;chiếc/ha;;;", "list_month"),
        ("yield;bap_ngo;;;;;;3;2;chiếc/ha;;;", "list_low_above_high"),
        ("yield;bap_ngo;;;;;;1;1e9;chiếc/ha;;;", "number_not_understood"),
        ("yield;bap_ngo;;;;;;1;1000000000;chiếc/ha;;;", "amount_too_large"),
        ("yield;bap_ngo;;;;;;1;2;chiếc/ha;;;maybe", "list_beyond_unknown"),
        ("yield;bap_ngo;;;;;;1;2;chiếc/ha;;;;0", "amount_zero"),
        ("yield;bap_ngo;;;;;;1;2;chiếc/ha;;;;1001", "amount_too_large"),
        ("yield;bap_ngo;;;;;;1;2;chiếc/ha;;;;hai tháng", "number_not_understood"),
        ("yield;cai_bap;12;2;;;;1;2;kg/ha;;;", "list_bands_overlap"),
        ("yield;cai_bap;3;4;;;;1;2;kg/ha;01/06/2026;01/05/2026;", "list_days_backwards"),
        ("conversion;;;;ship;Rau;Củ;1;2;%;;;", "list_step_unknown"),
        ("conversion;;;;cut;Lá;Củ;1;2;%;;;", "list_group_unknown"),
        ("conversion;;;;cut;Rau;Củ;1;2;kg/ha;;;", "list_unit_mixed"),
        ("weight loss;;;;;Rau;;;101;%;;;", "amount_too_large"),
        ("price;;;;;Rau;;;1;%;;;", "list_band_unknown"),
    ] {
        let file = format!("{head}\nyield;cai_bap;11;2;;;;10,5;30;tạ/ha;;;refuse\n{row}\n");
        assert_eq!(codes(ListKind::Bands, file.as_bytes()), [(3, code)], "{row}");
    }
}

fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn files_that_lie_are_told_what_they_are() {
    let docx = packed(&[("[Content_Types].xml", b"x"), ("word/document.xml", b"x")]);
    let other = packed(&[("a.txt", b"x")]);
    let hollow = packed(&[("xl/workbook.xml", b"<no")]);
    for (bytes, code, value) in [
        (docx.as_slice(), "sheet_file_other_kind", "Word (.docx)"),
        (&other, "sheet_file_other_kind", "ZIP"),
        (b"\x89PNG\r\n\x1a\n", "sheet_file_other_kind", "PNG"),
        (b"%PDF-1.4", "sheet_file_other_kind", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sheet_file_other_kind", "Excel 97–2003 (.xls)"),
        (&hollow, "sheet_file_damaged", ""),
        (b"PK\x03\x04", "sheet_file_damaged", ""),
    ] {
        let problems = Sheet::read(bytes).expect_err(code);
        assert_eq!((problems[0].problem.code, problems[0].problem.value.as_str()), (code, value));
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "that it ends soon is what is tested")]
fn bombs_are_not_unpacked() {
    let began = std::time::Instant::now();
    let spaces = vec![b' '; 80 * 1024 * 1024];
    let large = packed(&[("xl/workbook.xml", b"x"), ("xl/worksheets/sheet1.xml", &spaces)]);
    assert!(large.len() < 200_000);
    let small =
        packed(&[("xl/workbook.xml", b"x"), ("xl/worksheets/sheet1.xml", &spaces[..3 * 1024 * 1024])]);
    // The same, claiming to be small: the sizes in both headers are changed.
    let mut liar = small.clone();
    let (size, claim) = ((3_u32 * 1024 * 1024).to_le_bytes(), 1000_u32.to_le_bytes());
    for at in 0..liar.len() - 4 {
        if liar[at..at + 4] == size {
            liar[at..at + 4].copy_from_slice(&claim);
        }
    }
    let names: Vec<String> = (0..1_200).map(|number| format!("e{number}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    for (bytes, what) in [(large, "large"), (small, "ratio"), (packed(&many), "many")] {
        assert_eq!(Sheet::read(&bytes).unwrap_err()[0].problem.code, "sheet_file_bomb", "{what}");
    }
    let code = Sheet::read(&liar).unwrap_err()[0].problem.code;
    assert!(["sheet_file_bomb", "sheet_file_damaged"].contains(&code), "{code}");
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_workbook_of_numbers_days_and_formulas() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let head = [
        "trade name",
        "active ingredients",
        "kind",
        "crop",
        "waiting days",
        "dose",
        "dose unit",
        "banned from",
    ];
    for (column, name) in (0_u16..).zip(head) {
        sheet.write_string(0, column, name).unwrap();
    }
    let date = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    for (column, text) in [(0, "A"), (1, "B"), (2, "fungicide"), (3, "cai_bap"), (6, "l/ha")] {
        sheet.write_string(1, column, text).unwrap();
    }
    sheet.write_number(1, 4, 14.0).unwrap();
    sheet.write_number(1, 5, 1.125).unwrap();
    sheet.write_number_with_format(1, 7, 46_023.0, &date).unwrap();
    let good = book.save_to_buffer().unwrap();
    let Contents::Substances(found) = import(ListKind::Substances, &good).unwrap() else { panic!() };
    assert_eq!(found[0].uses[0].waiting_days, 14);
    assert_eq!(found[0].uses[0].dose.unwrap().thousandths, 1_125_000);
    assert_eq!(found[0].banned_from, Some(Day::parse("2026-01-01").unwrap()));
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0_u16..).zip(head) {
        sheet.write_string(0, column, name).unwrap();
        sheet.write_string(1, column, if column == 2 { "fungicide" } else { "" }).unwrap();
    }
    sheet.write_formula(1, 0, "=1+1").unwrap();
    let reckoned = book.save_to_buffer().unwrap();
    let problems = import(ListKind::Substances, &reckoned).unwrap_err();
    assert_eq!((problems[0].problem.code, problems[0].column.as_str()), ("sheet_cell_formula", "trade name"));
}

fn text() -> impl Strategy<Value = String> {
    "[=+@'\"-]{0,2}[A-Za-zÀ-ỹ][A-Za-zĐđ0-9 ;,.\"'=+%-]{0,20}[a-z0-9]"
        .prop_map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .prop_filter_map("a name", |text| {
            nguongoc::kernel::Line::<200>::parse(&text).ok().map(nguongoc::kernel::Line::into_string)
        })
}

fn days() -> impl Strategy<Value = (Option<Day>, Option<Day>)> {
    (0_i32..9_000, prop::option::of(0_i32..900), any::<bool>()).prop_map(|(from, more, some)| {
        let first = Day::parse("2001-01-01").unwrap().plus_days(from);
        if some { (Some(first), more.map(|more| first.plus_days(more))) } else { (None, None) }
    })
}

fn uses() -> impl Strategy<Value = Vec<Use>> {
    let known = (0_u16..=365, prop::option::of((1_i64..=Dose::MOST, any::<bool>())));
    prop::collection::vec(known, 0..=2).prop_map(|known| {
        let codes = ["bap_ngo", "cai_bap"].map(|code| CropCode::parse(code).unwrap());
        let each = |(crop, (waiting_days, dose)): (CropCode, (u16, Option<(i64, bool)>))| Use {
            crop,
            waiting_days,
            dose: dose.map(|(thousandths, gram)| Dose {
                thousandths,
                unit: if gram { DoseUnit::Gram } else { DoseUnit::Millilitre },
            }),
        };
        codes.into_iter().zip(known).map(each).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn substances_written_are_read_back(
        named in prop::collection::btree_map(text().prop_map(|name| (fold(&name), name)), (text(), 0_usize..9, days(), uses()), 1..6)
    ) {
        let mut list: Vec<Substance> = Vec::new();
        for ((name_folded, name), (ingredients, kind, (banned_from, banned_to), uses)) in named {
            if list.iter().any(|known| known.name_folded == name_folded) {
                continue;
            }
            let (id, kind) = (SubstanceId::of_name(&name_folded), SubstanceKind::ALL[kind]);
            list.push(Substance { id, name, name_folded, ingredients, kind, banned_from, banned_to, uses });
        }
        list.sort_by(|one, other| one.name_folded.cmp(&other.name_folded));
        let contents = Contents::Substances(list);
        let found = rows(&contents);
        let cells = || found.iter().map(|row| row.cells.as_slice());
        let csv = sheet::csv(headings(&contents), cells());
        let xlsx = sheet::xlsx("thuốc", headings(&contents), cells()).unwrap();
        prop_assert_eq!(import(ListKind::Substances, csv.as_bytes()), Ok(contents.clone()), "{}", csv);
        prop_assert_eq!(import(ListKind::Substances, &xlsx), Ok(contents.clone()));
    }

    #[test]
    fn bands_written_are_read_back(months in (1_u8..=12, 1_u8..=12), low in 0_i64..5_000, more in 1_i64..5_000, share in 0_i64..=1_000, group in 0_usize..14, days in prop::option::of(1_u16..=1_000), source in text()) {
        let term = Term { from: Day::parse("2026-02-03").unwrap(), to: Day::parse("2026-12-01").ok(), source };
        let band = YieldBand {
            crop: CropCode::parse("bap_ngo").unwrap(), unit: Unit::Piece, month_from: months.0, month_to: months.1,
            low, high: low + more, days_to_harvest: days, beyond: Beyond::Refuse, term: term.clone(),
        };
        let other = YieldBand { crop: CropCode::parse("cai_bap").unwrap(), unit: Unit::Gram, beyond: Beyond::Flag, ..band.clone() };
        let loss = WeightLoss { group: &groups()[group], most: share, term: term.clone() };
        let conversions = nguongoc::events::Step::TRANSFORMATIONS.map(|step| nguongoc::fieldbook::lists::ConversionBand {
            step, group_in: &groups()[group], group_out: &groups()[0], low, high: low + more, beyond: Beyond::Flag, term: term.clone(),
        });
        let contents = Contents::Bands(nguongoc::fieldbook::lists::Bands { yields: vec![band, other], conversions: conversions.into(), losses: vec![loss] });
        let found = rows(&contents);
        let cells = || found.iter().map(|row| row.cells.as_slice());
        let csv = sheet::csv(headings(&contents), cells());
        prop_assert_eq!(import(ListKind::Bands, csv.as_bytes()), Ok(contents.clone()), "{}", csv);
        let xlsx = sheet::xlsx("x", headings(&contents), cells()).unwrap();
        prop_assert_eq!(import(ListKind::Bands, &xlsx), Ok(contents.clone()));
    }

    #[test]
    fn no_file_breaks_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let _ = Sheet::read(&bytes);
        let mut book = sheet::xlsx("x", &["a", "b"], [["1".to_owned(), "2".to_owned()].as_slice()]).unwrap();
        for (at, byte) in flips {
            let at = at.index(book.len());
            book[at] = byte;
        }
        let _ = Sheet::read(&book);
    }
}
