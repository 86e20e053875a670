using Ptewright.Memory;

namespace Ptewright.Tests.Firmware;

/// <summary>The text samples of firmware, and memory written as one line a region.</summary>
internal static class FirmwareText
{
    public static string Read(string folder, string file) => File.ReadAllText(PathOf(folder, file));

    public static string[] Read(string folder, params ReadOnlySpan<string> files)
    {
        string[] texts = new string[files.Length];
        for (int i = 0; i < files.Length; i++)
        {
            texts[i] = Read(folder, files[i]);
        }

        return texts;
    }

    public static string PathOf(string folder, string file) => Path.Combine(AppContext.BaseDirectory, "data", folder, file);

    public static string[] Memory(MemoryLayout layout) =>
        [.. layout.Memory.Select(region => $"{region.Start}-{region.End}{(region.NoMap ? " no-map" : "")}")];

    public static string[] Reserved(MemoryLayout layout) => [.. layout.Reserved.Select(region => $"{region.Start}-{region.End}")];
}
