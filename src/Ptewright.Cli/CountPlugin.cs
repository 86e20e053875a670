using System.Runtime.InteropServices;
using Ptewright.Booting;

namespace Ptewright.Cli;

/// <summary>The plugin of QEMU's emulator that is part of the tool.</summary>
internal sealed class CountPlugin : IDisposable
{
    private CountPlugin(string path) => Path = path;

    /// <summary>A file with the plugin.</summary>
    public string Path { get; }

    /// <summary>Puts the plugin for this computer into a temporary file, which goes when this is disposed of.</summary>
    /// <exception cref="BootFailedException">There is none for this computer, or the tool was built without.</exception>
    public static CountPlugin Unpack()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            throw new BootFailedException("Counting takes a plugin for QEMU, and there is one for Linux on x64 and arm64 only.");
        }

        string name = $"ptewright-count-{(RuntimeInformation.OSArchitecture == Architecture.X64 ? "x64" : "arm64")}.so";
        using Stream plugin = typeof(CountPlugin).Assembly.GetManifestResourceStream(name)
            ?? throw new BootFailedException("This tool was built without the plugin for QEMU: building that takes lld and llvm (Debian: apt-get install lld llvm); then build again.");
        string path = System.IO.Path.GetTempFileName();
        using FileStream file = File.Create(path);
        plugin.CopyTo(file);
        return new CountPlugin(path);
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
