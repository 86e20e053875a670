using System.Text;
using System.Text.RegularExpressions;
using Ptewright.Booting;

namespace Ptewright.Tests.Booting;

/// <summary>The image's reader of vector files, on the host: it finds the same cases, and sees what is wrong with one.</summary>
public sealed unsafe partial class BootVectorsTests
{
    private static readonly BootVectorFile[] _files = Enum.GetValues<BootVectorFile>();

    public static TheoryData<string> Files => [.. _files.Select(file => file.ToString())];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_case_holds(string name)
    {
        BootVectorFile file = Enum.Parse<BootVectorFile>(name);
        int cases = Read(file).Split('\n').Count(IsCase);
        Assert.Equal((cases, 0, 0), Check(file, Read(file)));
    }

    // The last character of each field of each case: a digit becomes the next one, any other no digit and no word.
    [Theory]
    [MemberData(nameof(Files))]
    public void A_field_that_says_something_else_is_a_case_that_does_not_hold(string name)
    {
        BootVectorFile file = Enum.Parse<BootVectorFile>(name);
        string[] lines = Read(file).Split('\n');
        int changed = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            Match[] fields = [.. Field.Matches(lines[i].Split('#')[0]).Cast<Match>()];
            for (int k = 0; k < fields.Length; k++)
            {
                if (IsFree(file, k))
                {
                    continue;
                }

                int at = fields[k].Index + fields[k].Length - 1;
                char other = lines[i][at] is >= '0' and < '9' ? (char)(lines[i][at] + 1) : 'z';
                string[] broken = [.. lines];
                broken[i] = lines[i][..at] + other + lines[i][(at + 1)..];
                (_, int failed, int first) = Check(file, string.Join('\n', broken));
                Assert.True(failed == 1 && first == i + 1, $"line {i + 1} holds though it says '{broken[i]}'");
                changed++;
            }
        }

        Assert.True(changed > 70, $"only {changed} fields were changed");
    }

    [Theory]
    [InlineData("4K 48 4 39 512 4096 0xffff000000000000 0xffff800000000000", 1)]
    [InlineData("4K 48 4 39 512 4096 0xffff000000000000 0xffff800000000000 48 48", 1)]
    [InlineData("8K 48 4 39 512 4096 0xffff000000000000 0xffff800000000000 48", 1)]
    [InlineData("4K 48 4 39 512 4096 0x 0xffff800000000000 48", 1)]
    [InlineData("4K 48 4 39 512 4096 0xffff00000000000g 0xffff800000000000 48", 1)]
    [InlineData("4K 49 4 39 512 4096 0xffff000000000000 0xffff800000000000 48", 1)]
    [InlineData("# comment\n\n  4K\t48 4 39 512 4096 0xffff000000000000 0xffff800000000000 48 # why\r\nx", 4)]
    public void What_is_no_case_does_not_hold(string text, int line)
    {
        (_, int failed, int first) = Check(BootVectorFile.Geometry, text);
        Assert.Equal((1, line), (failed, first));
    }

    [Fact]
    public void A_file_without_cases_has_none() => Assert.Equal((0, 0, 0), Check(BootVectorFile.Geometry, "# nothing\n\n"));

    [Fact]
    public void Damaged_files_are_read_to_their_end()
    {
        foreach (BootVectorFile file in _files)
        {
            new TextFuzz("vectors", [Read(file)], [" ", "#", "-", "0x", "4K", "page", "Pte"]).Run(
                text =>
                {
                    if (Check(file, text).Failed > 0)
                    {
                        throw new InvalidInputException("vectors: a case does not hold.");
                    }
                },
                inputs: 5_000);
        }
    }

    [GeneratedRegex(@"\S+")]
    private static partial Regex Field { get; }

    // An operand holds neither bits below a page nor one page more than an even number.
    private static bool IsFree(BootVectorFile file, int field) => file == BootVectorFile.TlbiOperands && field is 3 or 4;

    private static bool IsCase(string line) => line.Split('#')[0].Trim().Length > 0;

    private static string Read(BootVectorFile file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", BootVectors.Name(file)));

    private static (int Passed, int Failed, int FirstFailed) Check(BootVectorFile file, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + "\0");
        fixed (byte* start = bytes)
        {
            BootVectors.Check(file, start, (uint)bytes.Length - 1, out int passed, out int failed, out int first);
            return (passed, failed, first);
        }
    }
}
