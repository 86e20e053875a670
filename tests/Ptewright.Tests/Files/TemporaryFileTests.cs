using Ptewright.Files;

namespace Ptewright.Tests.Files;

/// <summary>Temporary files are this user's alone, and go.</summary>
public sealed class TemporaryFileTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Fact]
    public void Their_folder_is_open_to_its_owner_only_and_short_enough_for_a_socket()
    {
        using TemporaryFile file = TemporaryFile.Create("sixteen-letters.");
        string folder = Path.GetDirectoryName(file.Path)!;
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(folder));
        Assert.StartsWith("ptewright-", Path.GetFileName(folder), StringComparison.Ordinal);
        Assert.False(File.Exists(file.Path));
        Assert.InRange(file.Path.Length, 1, 103);
    }

    [Fact]
    public void Two_of_the_same_name_are_two_files()
    {
        using TemporaryFile first = TemporaryFile.Create("a");
        using TemporaryFile second = TemporaryFile.Create("a");
        Assert.NotEqual(first.Path, second.Path);
        File.WriteAllText(first.Path, "x");
        Assert.False(File.Exists(second.Path));
    }

    [Fact]
    public void A_file_goes_when_it_is_disposed_of_and_a_second_time_nothing_happens()
    {
        TemporaryFile file = TemporaryFile.Create("a");
        File.WriteAllText(file.Path, "x");
        file.Dispose();
        Assert.False(File.Exists(file.Path));
        file.Dispose();
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_one_sentence() =>
        Assert.StartsWith("A folder for temporary files cannot be made in '/proc/no such place' (TMPDIR says where): ", Assert.Throws<IOException>(() => TemporaryFile.CreateFolder("/proc/no such place")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_without_a_name_can_be_opened_by_this_user_and_has_the_length_that_was_asked_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux can open a file that has no name.");
        using NamelessFile file = NamelessFile.Create(5 << 20);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));
        Assert.EndsWith(" (deleted)", new FileInfo(file.Path).LinkTarget, StringComparison.Ordinal);
        using FileStream writer = new(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        writer.Write("hello"u8);
        writer.Flush();
        using FileStream reader = new(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Assert.Equal(5 << 20, reader.Length);
        byte[] bytes = new byte[6];
        reader.ReadExactly(bytes);
        Assert.Equal("hello\0"u8, bytes);
    }
}
