using System.Diagnostics;
using Ptewright.Captures;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Tests.Kernels;

namespace Ptewright.Tests.Images;

/// <summary>A folder of tables is of one run: replaced as a whole, only where nothing else is lost, and never read as a mixture.</summary>
public sealed class OutputFolderTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory().FullName;

    private string Place => Path.Combine(_parent, "tables");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Tables_take_the_place_of_a_capture_and_a_capture_that_of_tables()
    {
        Save(64);
        using (TableFolder built = Assert.IsType<TableFolder>(MemorySource.Open(Place)))
        {
            Assert.NotNull(built.Kernel);
            _ = TableFolder.Capture(Place, built, built.Registers, "built");
        }

        Assert.Equal(["pages.bin.gz", "tables.json"], Names());
        using (TableFolder captured = Assert.IsType<TableFolder>(MemorySource.Open(Place)))
        {
            Assert.Null(captured.Kernel);
            Assert.Equal("built", captured.Source);
        }

        Save(128);
        Assert.Equal(["pages.bin.gz", "plan.json", "tables.json"], Names());
        Assert.Equal(["tables"], Directory.GetFileSystemEntries(_parent).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("folders", "linux-6.12")]
    [InlineData("captures", "6.1-cloud")]
    public void A_folder_of_version_1_is_replaced(string kind, string name)
    {
        _ = Directory.CreateDirectory(Place);
        foreach (string file in Directory.GetFiles(SampleKernels.PathOf(kind, name)).Where(file => !file.EndsWith("judge.txt.gz", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(Place, Path.GetFileName(file)));
        }

        Save(64);
        Assert.Equal(["pages.bin.gz", "plan.json", "tables.json"], Names());
        new TableFolder(Place).Dispose();
    }

    [Fact]
    public void A_run_that_fails_leaves_what_was_there_and_nothing_else()
    {
        Save(64);
        byte[] old = File.ReadAllBytes(Path.Combine(Place, TableFolder.PagesFile));

        _ = Assert.Throws<IOException>(() => OutputFolder.Write(Place, folder =>
        {
            Assert.Equal(old, File.ReadAllBytes(Path.Combine(Place, TableFolder.PagesFile)));
            File.WriteAllText(Path.Combine(folder, TableFolder.PagesFile), "half");
            throw new IOException("No space left.");
        }));

        Assert.Equal(old, File.ReadAllBytes(Path.Combine(Place, TableFolder.PagesFile)));
        new TableFolder(Place).Dispose();
        Assert.Equal(["tables"], Directory.GetFileSystemEntries(_parent).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("thesis.txt", false)]
    [InlineData("tables.json", true)]
    public void A_folder_that_holds_something_else_is_refused(string name, bool isFolder)
    {
        _ = Directory.CreateDirectory(Place);
        string other = Path.Combine(Place, name);
        _ = isFolder ? Directory.CreateDirectory(other).FullName : WriteText(other);

        string refusal = Assert.Throws<InvalidInputException>(() => Save(64)).Message;
        Assert.Equal($"'{Place}' holds '{name}', which is no part of saved tables, so it is not replaced: name a new folder, or an empty one.", refusal);
        Assert.Equal(refusal, Assert.Throws<InvalidInputException>(() => OutputFolder.Check(Place)).Message);
        Assert.Equal([name], Names());
    }

    [Fact]
    public void Links_are_not_followed_and_files_are_no_folders()
    {
        string other = Directory.CreateDirectory(Path.Combine(_parent, "other")).FullName;
        _ = Directory.CreateSymbolicLink(Place, other);
        Assert.StartsWith($"'{Place}' is a symbolic link, ", Assert.Throws<InvalidInputException>(() => Save(64)).Message, StringComparison.Ordinal);
        Assert.StartsWith($"'{Place}' is a symbolic link, ", Assert.Throws<InvalidInputException>(() => OutputFolder.Check(Place + "/")).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(other));

        string file = WriteText(Path.Combine(_parent, "file"));
        Assert.Equal($"'{file}' is a file, so no folder of that name can be written.", Assert.Throws<InvalidInputException>(() => OutputFolder.Check(file)).Message);
    }

    [Fact]
    public void A_link_among_the_files_is_somebody_elses_too()
    {
        Save(64);
        string pages = Path.Combine(Place, TableFolder.PagesFile);
        File.Move(pages, Path.Combine(_parent, "elsewhere"));
        _ = File.CreateSymbolicLink(pages, Path.Combine(_parent, "elsewhere"));

        Assert.Contains("holds 'pages.bin.gz', which is no part", Assert.Throws<InvalidInputException>(() => Save(64)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_taken_with_its_permissions_and_parents_are_made()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no permission bits here.");
        _ = Directory.CreateDirectory(Place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Save(64);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Place));

        string deep = Path.Combine(_parent, "a", "b", "tables") + Path.DirectorySeparatorChar;
        Save(64, deep);
        new TableFolder(deep).Dispose();
    }

    [Fact]
    public void A_mixture_of_a_capture_and_tables_is_not_read()
    {
        Save(64);
        _ = WriteText(Path.Combine(Place, "capture.json"));

        Assert.Equal(
            $"{Place}: it holds both capture.json and tables.json, so the files of two folders: take those of one of them away.",
            Assert.Throws<InvalidInputException>(() => MemorySource.Open(Place)).Message);
    }

    [Fact]
    public void A_plan_beside_captured_tables_is_not_read()
    {
        Save(64);
        using (TableFolder built = new(Place))
        {
            _ = TableFolder.Capture(Place, built, built.Registers, "built");
        }

        _ = WriteText(Path.Combine(Place, TableFolder.PlanFile));
        Assert.Equal(
            $"{Path.Combine(Place, "tables.json")}: it knows of no kernel, so plan.json belongs to other tables.",
            Assert.Throws<InvalidInputException>(() => MemorySource.Open(Place)).Message);
    }

    [Fact]
    public void A_folder_without_a_description_is_said_to_be_none() => Assert.Equal(
        $"{_parent}: it holds neither tables.json nor capture.json, so it is not a folder of tables.",
        Assert.Throws<InvalidInputException>(() => MemorySource.Open(_parent)).Message);

    [Fact]
    public async Task A_folder_that_is_replaced_while_it_is_read_is_not_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The reader is held up by a pipe.");

        // The plan is a pipe, so the reader has the description and waits for the plan while the description is replaced.
        Save(64);
        string plan = Path.Combine(Place, TableFolder.PlanFile);
        string text = await File.ReadAllTextAsync(plan, TestContext.Current.CancellationToken);
        File.Delete(plan);
        using (Process made = Process.Start("mkfifo", plan))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Task<InvalidInputException> reading = Task.Run(() => Assert.Throws<InvalidInputException>(() => MemorySource.Open(Place)), TestContext.Current.CancellationToken);
        await using (StreamWriter writer = new(new FileStream(plan, FileMode.Open, FileAccess.Write)))
        {
            await File.AppendAllTextAsync(Path.Combine(Place, TableFolder.TablesFile), "\n", TestContext.Current.CancellationToken);
            await writer.WriteAsync(text);
        }

        Assert.Equal($"{Path.Combine(Place, TableFolder.TablesFile)}: it was replaced while it was read; read it again.", (await reading).Message);
    }

    private static string WriteText(string path)
    {
        File.WriteAllText(path, "mine");
        return path;
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(Place).Select(entry => Path.GetFileName(entry)).Order()];

    private void Save(ulong mebibytes, string? place = null)
    {
        KernelMachine machine = SampleKernels.Machine("6.12-cloud", "cortex-a72", MemoryLayout.OfRange(new(1UL << 30), mebibytes << 20), "nokaslr");
        KernelPlan plan = SampleKernels.Profile("6.12-cloud").Plan(machine, KernelScope.MapMem);
        using LinearMapSimulation simulation = new(plan.Plan);
        _ = simulation.Build(plan.Strategy.Options);
        _ = TableFolder.Save(place ?? Place, machine, plan, simulation);
    }
}
