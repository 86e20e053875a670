using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Ptewright.Files;

/// <summary>A file that is shared with a process of this program's own and with nobody else: its name is taken away before anything is in it, and what it holds goes with the last who has it open.</summary>
/// <remarks>Where the system cannot open such a file a second time (only Linux can, through <c>/proc</c>), it keeps its name, in a folder of this program's own, until it is disposed of.</remarks>
internal sealed class NamelessFile : IDisposable
{
    // Where a large sparse file costs nothing but what is touched of it, and never a disk.
    private const string InMemory = "/dev/shm";

    private readonly SafeFileHandle _handle;
    private readonly TemporaryFile? _named;

    private NamelessFile(SafeFileHandle handle, TemporaryFile? named)
    {
        _handle = handle;
        _named = named;
        Path = named?.Path ?? string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{handle.DangerousGetHandle()}");
    }

    /// <summary>What the file can be opened by, as long as this object lives.</summary>
    public string Path { get; }

    /// <summary>Makes a file of zeros.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static NamelessFile Create(long length)
    {
        if (!OperatingSystem.IsLinux())
        {
            TemporaryFile named = TemporaryFile.Create("memory");
            return new NamelessFile(Open(named.Path, length), named);
        }

        string folder = TemporaryFile.CreateFolder(Directory.Exists(InMemory) ? InMemory : System.IO.Path.GetTempPath());
        try
        {
            return new NamelessFile(Open(System.IO.Path.Combine(folder, "memory"), length), null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle.Dispose();
        _named?.Dispose();
    }

    private static SafeFileHandle Open(string path, long length)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (FileStream made = new(path, options))
        {
            made.SetLength(length);
        }

        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }
}
