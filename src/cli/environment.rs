//! `PALISADE_…` variables: clap reads them; this is what it leaves to say of them.

use std::env;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};

/// The command, without the variables that do not count: those set to nothing, which is how a script
/// unsets one, and the one that a flag of another name overrides.
pub(super) fn heeded(command: Command) -> Command {
    command.mut_subcommands(|command| {
        let no_config = env::args_os().any(|text| text == "--no-config");
        let command = command.mut_args(|arg| {
            let value = arg.get_env().and_then(env::var_os);
            let overridden = no_config && arg.get_id() == "config";
            if overridden || value.is_some_and(|value| value.is_empty()) {
                return arg.env(Resettable::Reset);
            }
            arg
        });
        heeded(command)
    })
}

/// The arguments of a command and of those within it.
fn arguments(command: &Command) -> Vec<&Arg> {
    let within = command.get_subcommands().flat_map(arguments);
    command.get_arguments().chain(within).collect()
}

/// The variable that a value comes from which is wrong; clap names only the flag that it stands for.
pub(super) fn to_blame(command: &Command, error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(wrong)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = wrong.split(' ').next()?;
    let mut all = arguments(command).into_iter();
    let arg = all.find(|arg| arg.get_long() == flag.strip_prefix("--"))?;
    let name = arg.get_env().filter(|name| env::var_os(name).is_some())?;
    let typed = |text: &str| text == flag || text.starts_with(&format!("{flag}="));
    let is_typed = env::args_os().any(|text| text.to_str().is_some_and(typed));
    (!is_typed).then(|| name.to_string_lossy().into_owned())
}
