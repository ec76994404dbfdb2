//! The backend against real kernels: everything here makes real sandboxes, as whoever runs the tests.
//!
//! Every protection is tried from inside, with a positive control: the same attempt in the open
//! ([`Isolation::None`](skilled_sandbox_linux::Isolation::None)), or with what is looked for moved inside. Where two
//! protections stop the same attempt, the state that each leaves behind is looked at besides. Taking any of them out of
//! the code fails the test beside it, as root or as an ordinary user:
//!
//! | protection | test |
//! | --- | --- |
//! | each namespace | `processes::every_namespace_is_new` |
//! | root without the host's; what is mounted, and that the old root and the staging folder are gone | `files::host_files_do_not_exist`, `files::scratch_is_not_shared`, `files::the_root_holds_what_the_plan_says`, `files::no_way_leads_up_or_around` |
//! | settings of its own | `files::settings_are_the_sandboxs_own` |
//! | read-only root, system, data, uploads, `/proc/sys` | `files::system_folders_cannot_be_written` |
//! | `nosuid`, `nodev`, `noexec`, `ro` of each mount, and of what is mounted below it | `files::every_mount_is_restricted`, `files::what_is_mounted_below_is_restricted_too` |
//! | hidden parts of `/proc`; no `/sys`, few devices | `files::the_kernels_doors_are_closed`, unit test of `plan` |
//! | mounts of the host do not arrive later | `files::mounts_made_on_the_host_later_do_not_appear` |
//! | copy-on-write skills | `skills` |
//! | identity on the host, and inside | `processes::the_workload_is_nobody_on_the_host`, `privileges::no_identity_can_be_taken` |
//! | capability sets, `no_new_privs`, the filter on every process, `setgroups` | `privileges::every_process_has_given_everything_up` |
//! | groups and mask of the user | `privileges::the_users_mask_and_groups_are_left_behind` |
//! | limits of what a sandbox takes, each tried with a bomb | `limits` |
//! | limits that cannot be raised; no core files | `privileges::limits_are_set_and_stay` |
//! | set-user-id programs | `privileges::programs_with_an_owners_rights_do_not_grant_them` |
//! | closed first processes | `processes::the_first_processes_are_closed` |
//! | their priority | `escapes::machine::the_priority_of_others_is_not_touched`, `escapes::machine::a_workload_does_not_starve_who_keeps_its_time` |
//! | sealed supervisor | `processes::nobody_can_change_the_supervisor` |
//! | descriptors closed | `processes::no_descriptor_is_inherited` |
//! | calls that are not listed | `syscalls::calls_that_are_not_listed_do_not_exist` |
//! | conditions of listed calls | the other tests of `syscalls` |
//! | no further user namespaces | `syscalls::no_namespace_can_be_made` |
//! | own network, IPC objects and host name | `network`, `processes::shared_objects_and_the_host_name_are_apart` |
//! | clean environment | `environment` |
//! | reapers, sweeping, death signals | `shell`, `processes::a_killed_runner_takes_its_processes_along`, `processes::a_stopped_runner_does_not_outlast_a_timeout`, `processes::a_process_in_flight_is_caught`, `lifecycle` |
//! | the ways out that others have found | `escapes` |
//! | no table of the machine is used up, no handler or priority of the host is reached | `escapes::machine` |
//! | three descriptors, none by way of the starter's, none of a journal or a socket | `escapes::descriptors` |
//! | a session's earlier life leads nowhere; sources outlive every attempt | `escapes::sessions` |
//! | two sandboxes share nothing; a warm one keeps no door open | `escapes::neighbours` |
//! | what an interpreter says is its word, what a program's end was is not | `escapes::interpreters` |
//! | files opened for the host: links, special files, `/proc`, partial files | `files_api` |

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod cycles;
mod driver;
mod durable;
mod environment;
mod escapes;
mod files;
mod files_api;
mod host;
mod kills;
mod kit;
mod lifecycle;
mod limits;
mod network;
mod privileges;
mod processes;
mod python;
mod shell;
mod skills;
mod syscalls;
mod warm;
