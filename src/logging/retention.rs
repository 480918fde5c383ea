//! Retention of daily log files: keeps the newest by name, whatever the clock says.
//!
//! A clock that jumps ahead starts one new file, and so deletes one old file and not all of them. Files of days after
//! the current one are neither counted nor deleted: one of the two clocks was wrong, and it is unknown which. Files
//! with other names are left alone.

use std::fs;
use std::path::Path;

use crate::base::text::plural;
use crate::logging::mode::close_to_others;

/// The name of a day's file.
pub(super) fn file_name(day: &str) -> String {
    format!("{day}.log")
}

/// Deletes the oldest files of days before `today` until `keep` are left with today's, and makes the others private.
/// Returns notes for the log.
pub(super) fn tidy(folder: &Path, today: &str, keep: Option<usize>) -> Vec<String> {
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let mut days: Vec<String> = found
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| Some(day_of(entry.file_name().to_str()?)?.to_owned()))
        .filter(|day| day.as_str() < today)
        .collect();
    days.sort_unstable();
    let surplus = keep.map_or(0, |keep| (days.len() + 1).saturating_sub(keep));
    let mut notes = Vec::new();
    for (place, day) in days.iter().enumerate() {
        let name = file_name(day);
        let path = folder.join(&name);
        if place >= surplus {
            if let Ok(found) = fs::symlink_metadata(&path) {
                // If this fails, the file belongs to another user, who decides.
                let _ = close_to_others(&found, |mode| fs::set_permissions(&path, mode));
            }
            continue;
        }
        let kept = plural(keep.unwrap_or_default(), "day file");
        notes.push(match fs::remove_file(&path) {
            Ok(()) => format!("[INFO] {name} is deleted: {kept} at most are kept (--keep-logs)"),
            Err(why) => {
                format!("[WARN] {name} could not be deleted, although {kept} at most are kept: {why}")
            }
        });
    }
    notes
}

/// The day in the name of a log file; `None` for other names.
fn day_of(name: &str) -> Option<&str> {
    let day = name.strip_suffix(".log")?;
    let is_ours = day.len() == 10
        && day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_ours.then_some(day)
}
