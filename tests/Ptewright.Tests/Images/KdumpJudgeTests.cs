using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Ptewright.Fuzz;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>libkdumpfile (Debian: <c>python3-libkdumpfile</c>) reads what the tests' writer makes, page by page, so that writer and reader do not agree with each other alone.</summary>
[Trait("Category", "Slow")]
public sealed class KdumpJudgeTests : IDisposable
{
    // For each page that is asked for its digest, or the kind of error.
    private const string Script =
        """
        import sys, hashlib, kdumpfile
        dump = kdumpfile.kdumpfile(sys.argv[1])
        for number in sys.argv[3:]:
            try:
                page = dump.read(kdumpfile.KDUMP_MACHPHYSADDR, int(number) * int(sys.argv[2]), int(sys.argv[2]))
                print(hashlib.sha256(page).hexdigest())
            except Exception as problem:
                print(type(problem).__name__)
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(6, 4096, "Zlib")]
    [InlineData(6, 4096, "Lzo")]
    [InlineData(6, 4096, "Snappy")]
    [InlineData(6, 4096, "Zstd")]
    [InlineData(6, 4096, "None")]
    [InlineData(6, 65536, "Zlib")]
    [InlineData(5, 4096, "Lzo")]
    [InlineData(4, 4096, "Zlib")]
    [InlineData(3, 4096, "Zlib")]
    [InlineData(2, 4096, "Zlib")]
    [InlineData(1, 4096, "Zlib")]
    public void Another_reader_finds_the_same_pages(int version, int blockSize, string packing)
    {
        KdumpWriter writer = new()
        {
            Version = version,
            BlockSize = blockSize,
            Stored = KdumpFiles.Memory(blockSize),
            Excluded = [KdumpFiles.FirstPage + 9],
            Packings = [Enum.Parse<PagePacking>(packing)],
            SharesZeros = blockSize == 65536,
            Note = $"OSRELEASE=6.1.0\nPAGESIZE={blockSize}\n",
        };
        string path = Path.Combine(_folder, "dump");
        File.WriteAllBytes(path, writer.Build());
        ulong[] pages = [.. writer.Stored.Keys, KdumpFiles.FirstPage + 9, KdumpFiles.FirstPage + 11];
        string[] lines = Ask(path, blockSize, pages);
        Assert.Equal([.. writer.Stored.Values.Select(page => Convert.ToHexStringLower(SHA256.HashData(page))), "NoDataException", "NoDataException"], lines);
    }

    private static string[] Ask(string path, int blockSize, ulong[] pages)
    {
        // The distribution's own: another one on the path does not have its packages.
        ProcessStartInfo start = new("/usr/bin/python3", ["-c", Script, path, $"{blockSize}", .. pages.Select(page => page.ToString(CultureInfo.InvariantCulture))])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            string complaint = error.GetAwaiter().GetResult();
            Assert.SkipWhen(complaint.Contains("No module named 'kdumpfile'", StringComparison.Ordinal), "There is no python3-libkdumpfile here.");
            Assert.True(process.ExitCode == 0, complaint);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no python3 here.");
            return [];
        }
    }
}
