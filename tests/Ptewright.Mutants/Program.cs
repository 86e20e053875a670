using System.CommandLine;
using Ptewright.Mutants;

Argument<string> work = new("work") { Description = "A folder for the mutated copy and the results; what is there already is used again." };
Option<string[]> folders = new("--folder")
{
    Description = "A folder whose sources are mutated; may be given more than once.",
    DefaultValueFactory = _ => ["src/Ptewright/Walking", "src/Ptewright/Verifying", "src/Ptewright/Comparing", "src/Ptewright/Images", "src/Ptewright/Kernels", "src/Ptewright.Core/Memory"],
};
Option<int> sample = new("--sample") { Description = "How many mutants of each folder are tried, chosen at random; 0 for all.", DefaultValueFactory = _ => 0 };
Option<int> seed = new("--seed") { Description = "Which random choice.", DefaultValueFactory = _ => 1 };
Option<string> only = new("--only") { Description = "Tries only mutants of files whose path contains this." };
Option<bool> newTests = new("--new-tests") { Description = "Takes over the tests as they are now and tries again what survived; the mutants stay as they were made." };
Option<string> project = new("--project") { Description = "The test project whose tests are run.", DefaultValueFactory = _ => "Ptewright.Tests" };
Option<string[]> without = new("--without") { Description = "Leaves out tests whose full name contains this; may be given more than once." };
RootCommand root = new("Makes mutants of the sources, runs the tests that reach them, and says which ones no test notices.") { work, folders, sample, seed, only, project, without, newTests };
root.SetAction(result => new MutationRun(Path.GetFullPath(result.GetValue(work)!), result.GetValue(project)!).Run(
    result.GetValue(folders)!, result.GetValue(sample), result.GetValue(seed), result.GetValue(only), result.GetValue(without) ?? [], result.GetValue(newTests)));
return await root.Parse(args).InvokeAsync();
