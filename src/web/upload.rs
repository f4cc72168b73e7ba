//! Forms with files (`multipart/form-data`, RFC 7578), under limits of size and count. What the sender says of a file's name and
//! type is never believed.

use super::{Error, form};
use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

/// The largest file, in bytes.
pub const FILE_LIMIT: usize = 12 * 1024 * 1024;
/// The largest form with all its files, in bytes.
const TOTAL_LIMIT: usize = 24 * 1024 * 1024;
/// The longest text field, in bytes.
const FIELD_LIMIT: usize = 64 * 1024;
/// The most parts of a form.
const PARTS: usize = 64;

/// One file of a form.
#[derive(Clone, Debug)]
pub struct UploadedFile {
    /// The form's field.
    pub field: String,
    /// The name that the sender gave it: never believed, but a file whose bytes say otherwise may be refused for it.
    pub name: String,
    /// Its bytes; never empty.
    pub bytes: Vec<u8>,
}

/// A form with files, checked for origin and token.
#[derive(Debug)]
pub struct Upload {
    fields: Vec<(String, String)>,
    files: Vec<UploadedFile>,
}

impl Upload {
    /// Reads the text fields into `T`.
    ///
    /// # Errors
    /// 400 when a field is missing or of the wrong kind.
    pub fn fields<T: DeserializeOwned>(&self) -> Result<T, Error> {
        form::read(self.fields.clone())
    }

    /// The file sent in `field`; `None` when the field was left empty.
    #[must_use]
    pub fn file(&self, field: &str) -> Option<&UploadedFile> {
        self.files.iter().find(|file| file.field == field)
    }

    /// All files, in the order in which they were sent.
    #[must_use]
    pub fn files(&self) -> &[UploadedFile] {
        &self.files
    }
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let verdict = form::check_origin(request);
        let multipart = Multipart::new(request.headers(), payload.take());
        let request = request.clone();
        Box::pin(async move {
            verdict?;
            let upload = receive(multipart).await?;
            let token = upload.fields.iter().find(|(name, _)| name == form::TOKEN_FIELD);
            form::check_token(&request, token.map(|(_, value)| value.as_str()))?;
            Ok(upload)
        })
    }
}

async fn receive(mut multipart: Multipart) -> Result<Upload, Error> {
    let mut upload = Upload { fields: Vec::new(), files: Vec::new() };
    let mut total = 0;
    let mut parts = 0;
    while let Some(part) = multipart.next().await {
        let mut part = part.map_err(|_| Error::bad_request("upload_truncated"))?;
        parts += 1;
        if parts > PARTS {
            return Err(too_large());
        }
        let name = part.name().unwrap_or_default().to_owned();
        let file_name =
            part.content_disposition().and_then(|disposition| disposition.get_filename()).map(str::to_owned);
        let is_file = file_name.is_some();
        let limit = if is_file { FILE_LIMIT } else { FIELD_LIMIT };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| Error::bad_request("upload_truncated"))?;
            total += chunk.len();
            if bytes.len() + chunk.len() > limit || total > TOTAL_LIMIT {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        if !is_file {
            let text = String::from_utf8(bytes).map_err(|_| Error::bad_request("form_unreadable"))?;
            upload.fields.push((name, text));
        } else if !bytes.is_empty() {
            upload.files.push(UploadedFile { field: name, name: file_name.unwrap_or_default(), bytes });
        }
    }
    Ok(upload)
}

fn too_large() -> Error {
    Error::new(StatusCode::PAYLOAD_TOO_LARGE, "upload_too_large").arg("megabytes", FILE_LIMIT / (1024 * 1024))
}
