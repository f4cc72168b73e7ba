//! Files that are attached.

use nguongoc::evidence::Attachment;
use nguongoc::store::MediaType;

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

async fn code(bytes: &[u8], name: &str) -> (&'static str, String) {
    let problem = Attachment::read(bytes.to_vec(), name).await.unwrap_err();
    let is = problem.args.iter().find(|(name, _)| *name == "is").map(|(_, is)| is.clone());
    (problem.code, is.unwrap_or_default())
}

#[tokio::test]
async fn a_file_is_what_its_bytes_are() {
    let kept = Attachment::read(PDF.to_vec(), "giay.PDF").await.unwrap();
    assert_eq!((kept.media_type, kept.ending()), (MediaType::Pdf, "pdf"));
    assert!(Attachment::read(PDF.to_vec(), "").await.is_ok());
    assert_eq!(code(PDF, "giay.jpg").await, ("file_lies", "PDF".to_owned()));
    assert_eq!(code(b"PK\x03\x04rest", "giay.pdf").await.0, "file_kind");
    assert!(code(b"PK\x03\x04rest", "giay.pdf").await.1.starts_with("ZIP"));
    assert_eq!(code(b"<svg onload=x>", "a.png").await.1, "SVG");
    assert_eq!(code(b"MZ\x90", "a.pdf").await.1, "EXE");
    assert_eq!(code(b"", "a.pdf").await.0, "document_missing");
    assert_eq!(code(b"RIFF\xff\xff\xff\x7fWEBPVP8 ", "a.webp").await.0, "document_truncated");
    assert!(Attachment::read_base64("", "").await.unwrap().is_none());
    assert_eq!(Attachment::read_base64("***", "").await.unwrap_err().code, "document_base64");
}

#[tokio::test]
async fn a_webp_is_cut_at_its_end() {
    let mut bytes = Vec::new();
    let picture = image::DynamicImage::new_rgb8(4, 4);
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::WebP).unwrap();
    let whole = bytes.len();
    bytes.extend_from_slice(b"PK\x03\x04 what rides along");
    let kept = Attachment::read(bytes, "anh.webp").await.unwrap();
    assert_eq!(kept.bytes.len(), whole);
}
