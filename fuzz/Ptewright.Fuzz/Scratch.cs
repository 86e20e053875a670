namespace Ptewright.Fuzz;

/// <summary>A folder for the files of one input at a time, in memory where the system has such a place; it goes with the process.</summary>
internal static class Scratch
{
    private static readonly Lazy<string> _folder = new(Make);

    /// <summary>The path of a file or folder in it.</summary>
    public static string Path(string name) => System.IO.Path.Combine(_folder.Value, name);

    /// <summary>The path of a file in it that is written anew.</summary>
    public static string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path(name);
        _ = Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Takes it away.</summary>
    public static void Remove()
    {
        if (_folder.IsValueCreated && Directory.Exists(_folder.Value))
        {
            Directory.Delete(_folder.Value, recursive: true);
        }
    }

    private static string Make()
    {
        const string inMemory = "/dev/shm";
        string folder = OperatingSystem.IsLinux() && Directory.Exists(inMemory)
            ? Directory.CreateDirectory(System.IO.Path.Combine(inMemory, $"ptewright-fuzz-{Guid.NewGuid():N}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName
            : Directory.CreateTempSubdirectory("ptewright-fuzz-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Remove();
        return folder;
    }
}
