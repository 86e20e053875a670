using Ptewright.Files;
using Ptewright.Kernels.Symbols;
using Ptewright.Running;

namespace Ptewright.Cli.Parts;

/// <summary>The boot image that is part of the tool.</summary>
internal sealed class BootImage : IDisposable
{
    private const string Name = "ptewright-boot.img";
    private const string MapName = "ptewright-boot.map";

    private readonly TemporaryFile _file = TemporaryFile.Create("boot.img");

    private BootImage()
    {
    }

    /// <summary>A file with the image.</summary>
    public string Path => _file.Path;

    /// <summary>Puts the image into a temporary file, which goes when this is disposed of.</summary>
    /// <exception cref="BootFailedException">The tool was built without an image.</exception>
    public static BootImage Unpack()
    {
        BootImage image = new();
        try
        {
            _ = Write(image.Path);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Writes the image.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BootFailedException">The tool was built without an image.</exception>
    /// <returns>Its size in bytes.</returns>
    public static long Write(string path)
    {
        using Stream image = Embedded(Name);
        OutputFile.Write(path, image.CopyTo);
        return image.Length;
    }

    /// <summary>Where the image's names are, as a kernel's <c>System.map</c> says it.</summary>
    /// <exception cref="BootFailedException">The tool was built without an image.</exception>
    public static KernelSymbols ReadSymbols()
    {
        using StreamReader map = new(Embedded(MapName));
        return SystemMap.Parse(map.ReadToEnd(), MapName);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static Stream Embedded(string name) => typeof(BootImage).Assembly.GetManifestResourceStream(name)
        ?? throw new BootFailedException("This tool was built without the boot image: building that takes clang, lld and llvm (Debian: apt-get install clang lld llvm); then build again.");
}
