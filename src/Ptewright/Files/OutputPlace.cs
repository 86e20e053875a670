using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Ptewright.Files;

/// <summary>What lies where something is to be written.</summary>
internal enum PlaceKind
{
    /// <summary>Nothing.</summary>
    Free,

    /// <summary>An ordinary file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link, wherever it leads.</summary>
    Link,

    /// <summary>A pipe, a device or a socket: what is written there is gone at once, so there is nothing to keep or to replace.</summary>
    Stream,
}

/// <summary>Looks at a place before something is written there, without following a link.</summary>
internal static unsafe partial class OutputPlace
{
    // statx(2): its buffer is the same on every architecture; the file's type is in the upper bits of stx_mode.
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint AskType = 1;
    private const int BufferLength = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xf000;
    private const int TypeFile = 0x8000;

    /// <summary>What lies at a path.</summary>
    public static PlaceKind KindOf(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            return PlaceKind.Link;
        }

        if (Directory.Exists(path))
        {
            return PlaceKind.Folder;
        }

        // Only Linux says it the same way everywhere; elsewhere devices are known by their folder.
        return !File.Exists(path) ? PlaceKind.Free
            : (OperatingSystem.IsLinux() ? TypeOf(path) == TypeFile : !path.StartsWith("/dev/", StringComparison.Ordinal)) ? PlaceKind.File
            : PlaceKind.Stream;
    }

    /// <summary>Whether a path names a stream that this process has open: <c>/dev/stdout</c>, <c>/dev/fd/N</c>. Those are links that the system makes.</summary>
    public static bool IsOwnStream(string path) =>
        path is "/dev/stdout" or "/dev/stderr" || path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal);

    /// <summary>Opens what a pipe or device takes; null where there is none, but a place for a file.</summary>
    public static Stream? OpenStream(string path) => path switch
    {
        // Opened anew, a file behind it would be written from its beginning.
        "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1" => Console.OpenStandardOutput(),
        "/dev/stderr" or "/dev/fd/2" or "/proc/self/fd/2" => Console.OpenStandardError(),
        _ when IsOwnStream(path) => new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite),
        _ => KindOf(path) == PlaceKind.Stream ? new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite) : null,
    };

    /// <summary>What is said of a link.</summary>
    public static InvalidInputException LinkRefused(string path) =>
        new($"'{path}' is a symbolic link, and links are not followed when something is written: name what it leads to, or take it away.");

    [SupportedOSPlatform("linux")]
    private static int TypeOf(string path)
    {
        byte* status = stackalloc byte[BufferLength];
        try
        {
            return Status(CurrentFolder, path, NoFollow, AskType, status) == 0 ? *(ushort*)(status + ModeOffset) & TypeMask : TypeFile;
        }
        catch (EntryPointNotFoundException)
        {
            return TypeFile; // A C library older than the call.
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Status(int folder, string path, int flags, uint mask, byte* status);
}
