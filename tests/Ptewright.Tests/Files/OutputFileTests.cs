using System.Diagnostics;
using System.Text;
using Ptewright.Files;

namespace Ptewright.Tests.Files;

/// <summary>A file is written as a whole or not at all, and nobody else's is touched.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Place => Path.Combine(_folder, "result.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_there_and_nothing_else()
    {
        OutputFile.WriteText(Place, "ärger\n");

        Assert.Equal("ärger\n"u8.ToArray(), File.ReadAllBytes(Place));
        Assert.Equal([Place], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void While_it_is_written_the_older_one_is_there()
    {
        File.WriteAllText(Place, "old");
        OutputFile.Write(Place, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(Place));
            Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
        });

        Assert.Equal("new", File.ReadAllText(Place));
    }

    [Fact]
    public void A_run_that_fails_leaves_the_older_one_and_nothing_else()
    {
        File.WriteAllText(Place, "old");
        _ = Assert.Throws<IOException>(() => OutputFile.Write(Place, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("No space left.");
        }));

        Assert.Equal("old", File.ReadAllText(Place));
        Assert.Equal([Place], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_new_file_has_the_permissions_of_the_one_that_it_replaces()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no permission bits here.");
        File.WriteAllText(Place, "old");
        File.SetUnixFileMode(Place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        OutputFile.WriteText(Place, "new");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(Place));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_symbolic_link_is_refused_and_what_it_leads_to_is_as_it_was(bool exists)
    {
        string other = Path.Combine(_folder, "other");
        if (exists)
        {
            File.WriteAllText(other, "precious");
        }

        _ = File.CreateSymbolicLink(Place, other);

        string refusal = Assert.Throws<InvalidInputException>(() => OutputFile.WriteText(Place, "new")).Message;
        Assert.Equal($"'{Place}' is a symbolic link, and links are not followed when something is written: name what it leads to, or take it away.", refusal);
        Assert.Equal(refusal, Assert.Throws<InvalidInputException>(() => OutputFile.Check(Place)).Message);
        Assert.Equal(exists, File.Exists(other));
        Assert.True(!exists || File.ReadAllText(other) == "precious");
        Assert.NotNull(new FileInfo(Place).LinkTarget);
    }

    [Fact]
    public void A_link_that_is_put_there_meanwhile_is_replaced_and_not_followed()
    {
        string other = Path.Combine(_folder, "other");
        File.WriteAllText(other, "precious");
        OutputFile.Write(Place, stream =>
        {
            _ = File.CreateSymbolicLink(Place, other);
            stream.Write("new"u8);
        });

        Assert.Equal("precious", File.ReadAllText(other));
        Assert.Equal(("new", null), (File.ReadAllText(Place), new FileInfo(Place).LinkTarget));
    }

    [Fact]
    public void Folders_and_places_in_no_folder_are_refused_before_anything_is_written()
    {
        Assert.Equal($"'{_folder}' is a folder, so no file of that name can be written.", Assert.Throws<InvalidInputException>(() => OutputFile.Check(_folder)).Message);

        string missing = Path.Combine(_folder, "no-such-folder", "x.svg");
        Assert.Equal(
            $"There is no folder '{Path.GetDirectoryName(missing)}' to write 'x.svg' into.", Assert.Throws<InvalidInputException>(() => OutputFile.WriteText(missing, "x")).Message);
    }

    [Fact]
    public void A_device_takes_what_is_written_and_stays_a_device()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Devices are told from files on Linux.");
        OutputFile.WriteText("/dev/null", "gone");

        Assert.Equal(PlaceKind.Stream, OutputPlace.KindOf("/dev/null"));
        string refusal = Assert.ThrowsAny<IOException>(() => OutputFile.WriteText("/dev/full", "x")).Message;
        Assert.Contains("No space left", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_takes_what_is_written_and_stays_a_pipe()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes are told from files on Linux.");
        using (Process made = Process.Start("mkfifo", Place))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Task<string> reader = Task.Run(() => File.ReadAllText(Place), TestContext.Current.CancellationToken);
        OutputFile.WriteText(Place, writer => writer.Write("through"));

        Assert.Equal("through", await reader);
        Assert.Equal(PlaceKind.Stream, OutputPlace.KindOf(Place));
    }

    [Fact]
    public void Large_texts_are_written_whole_and_without_a_mark()
    {
        string text = new StringBuilder().Insert(0, "0123456789abcdef", 20_000).ToString();
        OutputFile.WriteText(Place, writer => writer.Write(text));

        Assert.Equal(Encoding.ASCII.GetBytes(text), File.ReadAllBytes(Place));
    }
}
