//! Names that members had a while ago: of those who left, and of those who took another one.

use std::collections::VecDeque;
use std::time::SystemTime;

use crate::base::limits::GONE_NAMES;
use crate::proto::MemberInfo;

/// The latest of them.
#[derive(Debug, Default)]
pub(super) struct Gone {
    latest: VecDeque<(MemberInfo, SystemTime)>,
}

impl Gone {
    /// Somebody gives up a name.
    pub(super) fn add(&mut self, who: MemberInfo, time: SystemTime) {
        if self.latest.len() == GONE_NAMES {
            self.latest.pop_front();
        }
        self.latest.push_back((who, time));
    }

    /// Who had this name, and until when; the latest first.
    pub(super) fn named(&self, name: &str) -> Vec<(MemberInfo, SystemTime)> {
        let all = self.latest.iter().rev();
        all.filter(|(who, _)| who.name.as_str().eq_ignore_ascii_case(name)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::base::name::Name;
    use crate::proto::Kind;

    #[test]
    fn the_latest_are_remembered() {
        let mut gone = Gone::default();
        for number in 0..=GONE_NAMES {
            let name = Name::parse(&format!("Ann{}", number % 100)).unwrap();
            gone.add(MemberInfo { name, kind: Kind::Person }, UNIX_EPOCH);
        }
        let most = GONE_NAMES.div_ceil(100);
        assert_eq!((gone.named("aNN1").len(), gone.named("Bob").len()), (most, 0));
        assert_eq!(gone.latest.len(), GONE_NAMES);
    }
}
