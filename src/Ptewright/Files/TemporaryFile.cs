using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Ptewright.Files;

/// <summary>A place for a temporary file, in a folder that is this program's own: nobody else can look into it, and it did not exist before.</summary>
/// <remarks>
/// <para>The folder is made with the first file and goes with the last one, or when the program ends. It lies where <c>TMPDIR</c> says, or, where the path of a socket in it
/// would be too long for the system, in another usual place for such files.</para>
/// </remarks>
internal sealed partial class TemporaryFile : IDisposable
{
    // The shortest that any system allows for a socket (macOS), with room for the name of the folder and that of the file.
    private const int MaxBaseLength = 103 - 48;
    private const uint OwnerOnly = 0x1c0; // rwx------

    private static readonly Lock _lock = new();
    private static string? _folder;
    private static AtExit? _atExit;
    private static int _files;
    private static int _number;
    private bool _isDisposed;

    private TemporaryFile(string path) => Path = path;

    /// <summary>The file's path. There is no such file yet.</summary>
    public string Path { get; }

    /// <summary>Finds a place for a file, which is deleted when the object is disposed of.</summary>
    /// <param name="name">The end of its name, at most 16 characters: <c>tree.dtb</c>.</param>
    /// <exception cref="IOException">There is no place for temporary files.</exception>
    public static TemporaryFile Create(string name)
    {
        // Not inside: where the program is ending, this does not come back.
        if (_atExit is null)
        {
            _ = Interlocked.CompareExchange(ref _atExit, AtExit.Do(DeleteAll), null);
        }

        lock (_lock)
        {
            if (_folder is null)
            {
                _folder = CreateFolder(Bases().FirstOrDefault(place => Encoding.UTF8.GetByteCount(place) <= MaxBaseLength && Directory.Exists(place))
                    ?? System.IO.Path.GetFullPath(System.IO.Path.GetTempPath()));
            }

            _files++;
            return new TemporaryFile(System.IO.Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{++_number}-{name}")));
        }
    }

    /// <summary>The folder of the files, if there is one at this time.</summary>
    internal static string? Folder
    {
        get
        {
            lock (_lock)
            {
                return _folder;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            try
            {
                File.Delete(Path);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // Gone already, with its folder.
            }

            if (--_files == 0 && _folder is not null)
            {
                DeleteFolder();
            }
        }
    }

    /// <summary>Makes a folder that did not exist, for this user alone.</summary>
    /// <param name="place">Where.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    internal static string CreateFolder(string place)
    {
        string path = System.IO.Path.Combine(place, $"ptewright-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
        if (OperatingSystem.IsWindows())
        {
            return Directory.CreateDirectory(path).FullName;
        }

        // The library's own call does not mind that there is one.
        return MakeDirectory(path, OwnerOnly) == 0
            ? path
            : throw new IOException($"A folder for temporary files cannot be made in {ForeignText.Quote(place)} (TMPDIR says where): {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
    }

    private static IEnumerable<string> Bases()
    {
        yield return System.IO.Path.GetFullPath(System.IO.Path.GetTempPath());
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own)
        {
            yield return own;
        }

        yield return "/tmp";
        yield return "/dev/shm";
    }

    private static void DeleteAll()
    {
        lock (_lock)
        {
            if (_folder is not null)
            {
                DeleteFolder();
            }
        }
    }

    private static void DeleteFolder()
    {
        string folder = _folder!;
        _folder = null;
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Somebody else was faster, or it is not ours any more.
        }
    }

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MakeDirectory(string path, uint mode);
}
