using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ptewright.Files;
using Ptewright.Running;

namespace Ptewright.Cli.Parts;

/// <summary>The plugin of QEMU's emulator that is part of the tool.</summary>
internal sealed class CountPlugin : IDisposable
{
    /// <summary>The version of QEMU's plugin interface that the plugin says it is made for: that of QEMU 7.2.</summary>
    public const int FirstVersion = 1;

    /// <summary>The last version that is known to have what the plugin uses: that of QEMU 10.1.</summary>
    public const int LastVersion = 5;

    private readonly TemporaryFile _file = TemporaryFile.Create("count.so");

    private CountPlugin()
    {
    }

    /// <summary>A file with the plugin.</summary>
    public string Path => _file.Path;

    /// <summary>Puts the plugin for this computer into a temporary file, which goes when this is disposed of.</summary>
    /// <param name="version">The version of QEMU's plugin interface that it is to say it is made for.</param>
    /// <exception cref="BootFailedException">There is none for this computer, or the tool was built without.</exception>
    public static CountPlugin Unpack(int version)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            throw new BootFailedException("Counting takes a plugin for QEMU, and there is one for Linux on x64 and arm64 only.");
        }

        string name = $"ptewright-count-{(RuntimeInformation.OSArchitecture == Architecture.X64 ? "x64" : "arm64")}.so";
        using Stream plugin = typeof(CountPlugin).Assembly.GetManifestResourceStream(name)
            ?? throw new BootFailedException("This tool was built without the plugin for QEMU: building that takes lld and llvm (Debian: apt-get install lld llvm); then build again.");
        byte[] bytes = new byte[plugin.Length];
        plugin.ReadExactly(bytes);

        // The linker put these letters before the number.
        int at = bytes.AsSpan().IndexOf("PTEWRVER"u8) + 8;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), version);
        CountPlugin unpacked = new();
        File.WriteAllBytes(unpacked.Path, bytes);
        return unpacked;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
